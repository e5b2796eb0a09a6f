import { FleetError } from "../errors.ts";
import type { Environment } from "./environment.ts";
import { findProgram, run } from "./exec.ts";

/** Where a token for a service may be found, in this order. */
export interface TokenSources {
  /** As users call the service: `GitHub`. */
  readonly service: string;
  /** Variables of the environment. */
  readonly variables: readonly string[];
  /** A shell command that prints it, and the setting that has it; empty when there is none. */
  readonly command: { readonly setting: string; readonly line: string };
  /** A program that keeps it, and how it is asked. */
  readonly program?: readonly [string, ...string[]];
  /** The command that has the program keep one. */
  readonly login?: string;
}

/** Whoever keeps secrets may ask the user to touch something. */
const commandMilliseconds = 120_000;

/**
 * A token, which is kept in memory only: it must not go into arguments, files, errors, or the environment of anything. `undefined` when
 * nobody has one. Throws FleetError `failed` when the command of the user fails, and when what is found can be no token.
 */
export async function findToken(
  sources: TokenSources,
  environment: Environment,
  cancelled: AbortSignal,
): Promise<string | undefined> {
  for (const name of sources.variables) {
    const token = environment[name]?.trim();
    if (token) return requireToken(token, `the variable ${name}`);
  }
  const { setting, line } = sources.command;
  const options = { environment, cancelled, timeoutMilliseconds: commandMilliseconds };
  if (line !== "") {
    const { exitCode, stdout, stderr } = await run(["/bin/sh", "-c", line], options);
    cancelled.throwIfAborted();
    if (exitCode === 0) return requireToken(stdout.trim(), setting);
    throw new FleetError("failed", `${setting} has ended with exit code ${exitCode}`, {
      output: stderr,
      hint: `to change it, run fleet config edit`,
    });
  }
  if (sources.program === undefined || findProgram(sources.program[0], environment) === undefined) return undefined;
  const { exitCode, stdout } = await run(sources.program, options);
  cancelled.throwIfAborted();
  return exitCode === 0 && stdout.trim() !== "" ? requireToken(stdout.trim(), sources.program.join(" ")) : undefined;
}

/** What a person does to have another token found than is now, as the end of a hint: what comes first hides what comes after it. */
export function wayToToken({ variables, command, login }: TokenSources, environment: Environment): string {
  const named = variables.find((name) => environment[name]?.trim());
  if (named !== undefined) return `export ${named}=...`;
  const change = `${command.setting} with fleet config edit`;
  if (command.line !== "") return `change ${change}`;
  const variable = `export ${variables[0]}=...`;
  return login === undefined ? `${variable}, or set ${change}` : `run ${login}, or ${variable}`;
}

/**
 * Where tokens for a GitHub are: as `gh` has it, a token for github.com goes to no other host, and the one of a workflow on GitHub to
 * the server that runs it. `command` is the setting `github_token_command`.
 */
export function githubTokenSources(host: string, command: string, environment: Environment): TokenSources {
  const isPublic = host === "github.com" || host.endsWith(".ghe.com");
  const ofWorkflow = URL.parse(environment.GITHUB_SERVER_URL ?? "")?.host === host;
  return {
    service: "GitHub",
    variables: [
      ...(isPublic ? ["GH_TOKEN", "GITHUB_TOKEN"] : ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"]),
      ...(ofWorkflow && !isPublic ? ["GITHUB_TOKEN"] : []),
    ],
    command: { setting: "github_token_command", line: command },
    program: ["gh", "auth", "token", "--hostname", host],
    login: `gh auth login --hostname ${host}`,
  };
}

/** What an HTTP header can hold; the value is not shown. */
function requireToken(text: string, where: string): string {
  if (/^[\x21-\x7e]{1,4096}$/.test(text)) return text;
  throw new FleetError("failed", `${where} gives no token: it must be one word`, {
    hint: "to see what holds, run fleet config show",
  });
}
