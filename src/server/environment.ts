import { builtInAgents } from "../agents/catalog.ts";
import { withholding } from "../fleet/environment.ts";
import type { Environment } from "../system/environment.ts";
import { run } from "../system/exec.ts";

/** Which of the variables of a terminal say who the user is and where things are, and nothing of a project or a secret. */
const ofUser =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_.*|TZ|TMPDIR|XDG_.*|TMUX|TMUX_TMPDIR|SSH_AUTH_SOCK|AI_FLEET_.*|GIT_CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM)|GIT_(?:AUTHOR|COMMITTER)_.*|(?:https?|no|all)_proxy|(?:HTTPS?|NO|ALL)_PROXY|GITHUB_SERVER_URL|SSL_CERT_(?:FILE|DIR)|NODE_EXTRA_CA_CERTS)$/;
/** What trackers and forges are called with: for us, not for agents. */
const ofTrackers =
  /^(?:GH_TOKEN|GITHUB_TOKEN|GH_ENTERPRISE_TOKEN|GITHUB_ENTERPRISE_TOKEN|GITLAB_TOKEN|LINEAR_API_KEY|JIRA_API_TOKEN|.*WEBHOOK_SECRET.*)$/;
const shellMilliseconds = 3000;
const mark = "fleet-environment:";

/** What a server works with, whoever calls it. */
export interface ServerEnvironment {
  readonly environment: Environment;
  /** Secrets of agents that the terminal has and that those started here do not get. */
  readonly missing: readonly string[];
}

/**
 * The environment of a server and of the agents that are started through it: that of the user's login shell, what in the terminal says who
 * they are, and the variables that they allow by name. Agents that are started from anywhere at any time must not depend on the terminal
 * that the server happens to run in, nor get its secrets; tokens of trackers are for the server alone.
 */
export async function environmentOfServer(caller: Environment, allowed: readonly string[]): Promise<ServerEnvironment> {
  const login = await loginEnvironment(caller);
  const isKept = (name: string) =>
    ofUser.test(name) || ofTrackers.test(name) || agentPlaces().has(name) || allowed.includes(name);
  const kept = Object.fromEntries(Object.entries(caller).filter(([name]) => isKept(name)));
  const environment = { ...login, ...kept };
  const withheld = Object.keys(environment).filter((name) => ofTrackers.test(name) && !allowed.includes(name));
  return {
    environment: withholding(environment, withheld),
    missing: agentSecrets().filter((name) => Boolean(caller[name]) && !environment[name]),
  };
}

/** What a login shell of the user exports; nothing when it does not say so soon. */
async function loginEnvironment(caller: Environment): Promise<Environment> {
  const { HOME, USER, LOGNAME, PATH, SHELL = "/bin/sh" } = caller;
  const argv = [SHELL, "-l", "-c", `printf %s '${mark}'; env -0`];
  const options = {
    environment: { HOME, USER, LOGNAME, PATH, SHELL, TERM: "dumb" },
    timeoutMilliseconds: shellMilliseconds,
  };
  const { exitCode, stdout } = await run(argv, options).catch(() => ({ exitCode: 1, stdout: "" }));
  if (exitCode !== 0) return {};
  const pairs = stdout.slice(stdout.lastIndexOf(mark) + mark.length).split("\0");
  return Object.fromEntries(
    pairs
      .filter((pair) => pair.includes("="))
      .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}

/** Where agents keep what they know of their user. */
function agentPlaces(): ReadonlySet<string> {
  return new Set(builtInAgents.flatMap(({ home }) => home?.places ?? []));
}

function agentSecrets(): string[] {
  return [...new Set(builtInAgents.flatMap(({ home }) => home?.secrets ?? []))];
}
