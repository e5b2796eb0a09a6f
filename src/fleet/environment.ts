import { builtInAgents } from "../agents/catalog.ts";
import type { Config } from "../config/config.ts";
import type { AgentEntry } from "../state/entry.ts";
import { type Environment, gitLocalVariables, withoutVariables } from "../system/environment.ts";
import { withoutCommandSettings } from "./command-settings.ts";
import { telemetryVariables } from "./telemetry.ts";

/** They describe the caller's terminal; the agent's is a tmux pane. */
const terminal =
  /^(TERM|COLORTERM|COLUMNS|LINES|TMUX|TMUX_PANE|STY|WINDOW|WINDOWID|VTE_VERSION|WT_SESSION|WT_PROFILE_ID|TERMINAL_EMULATOR|SSH_TTY|GPG_TTY)$|^(TERM_|ITERM_|KITTY_|WEZTERM_|ALACRITTY_|GHOSTTY_|KONSOLE_|ZELLIJ)/;
/** They steer the Bun runtime that this program is built on, and an agent that is built on it as well. */
const runtime = /^BUN_(OPTIONS$|BE_BUN$|JSC_)/;
/**
 * They tell a program which of our agents it runs in, or are about one command. Settings of ours (`AI_FLEET_HOME`, ...) are not among them:
 * a `fleet` inside an agent must find the same fleet.
 */
const ownMarkers = /^AI_FLEET_(ID|BRANCH|BATCH|REPO|PORT|TEST|TRACE|WITHHELD|SERVE_SESSION)$/;
const agentMarkers = new Set(builtInAgents.flatMap(({ markers }) => markers ?? []));
/** Where every program keeps things, not only an agent. */
const commonHome = /^(HOME|XDG_.*)$/;
/** Where agents keep what they know of their user. */
const agentHomes = new Set(
  builtInAgents.flatMap(({ home }) => home?.places ?? []).filter((name) => !commonHome.test(name)),
);
/** Every shell sets them for itself. */
const shell = /^(_|PWD|OLDPWD|SHLVL|IFS)$/;
/** Read-only in shells, or not to be set to any text: assigning to them would end the launcher. */
const readOnly = /^(OPTIND|PPID|UID|EUID|BASHOPTS|SHELLOPTS|BASH_VERSINFO)$/;
/** Settings of git in the environment. Those of the user reach agents; a repository's own ones would count for every git that they run. */
const gitSetting = /^GIT_CONFIG_(COUNT|KEY_\d+|VALUE_\d+)$/;
/** What POSIX calls a name. Others (exported bash functions) cannot pass through a shell. */
const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The caller's environment as the agent gets it: all of their exports, nothing of their terminal, of git's, or of an agent they run in. */
export function agentEnvironment(caller: Environment): Environment {
  return withoutVariables(withoutCommandSettings(caller), (name) => !isForAgents(name));
}

/**
 * Whether a repository may set a variable for its agents: not what is fleet's own or would not reach them, nor where they keep their
 * conversations, since fleet reads them there.
 */
export function isSettable(name: string): boolean {
  return isForAgents(name) && !gitSetting.test(name) && !name.startsWith("AI_FLEET_") && !agentHomes.has(name);
}

function isForAgents(name: string): boolean {
  return (
    identifier.test(name) &&
    !name.startsWith("ai_fleet_") &&
    ![terminal, runtime, shell, readOnly].some((pattern) => pattern.test(name)) &&
    !isMarker(name) &&
    !gitLocalVariables.includes(name)
  );
}

function isMarker(name: string): boolean {
  return ownMarkers.test(name) || agentMarkers.has(name);
}

/** They lead to what is not in a sandbox: sockets of the user's session, keys, settings at home. */
const outside =
  /^(?:XDG_.*|SSH_AUTH_SOCK|SSH_AGENT_PID|DBUS_SESSION_BUS_ADDRESS|GIT_CONFIG_GLOBAL|GIT_CONFIG_SYSTEM|GNUPGHOME|DOCKER_HOST|CONTAINER_HOST|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|TMPDIR|KUBECONFIG)$/;

/**
 * An environment for an agent in a sandbox: its home is the one it has there, and so is everything that its CLI keeps. That it is in a
 * sandbox is said in the words that Claude Code understands.
 */
export function environmentInside(caller: Environment, home: string): Environment {
  return {
    ...withoutVariables(caller, (name) => outside.test(name) || agentHomes.has(name)),
    HOME: home,
    IS_SANDBOX: "1",
  };
}

/** Names of variables that are ours to use, and reach nothing that we start for an agent. */
const withheld = "AI_FLEET_WITHHELD";

/** An environment of which these variables are withheld from agents. */
export function withholding(environment: Environment, names: readonly string[]): Environment {
  return { ...environment, [withheld]: names.join(" ") };
}

/** What is withheld goes by its name and by its value: a token is one under another name, too. */
function withoutWithheld(environment: Environment): Environment {
  const names = environment[withheld]?.split(" ").filter(Boolean) ?? [];
  if (names.length === 0) return environment;
  const values = new Set(names.flatMap((name) => environment[name] || []));
  return Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => !names.includes(name) && !values.has(value ?? "")),
  );
}

/** The caller's environment, without what is withheld from agents, with what the repository of an agent sets where the caller has not. */
export function withDefaults(caller: Environment, { env }: Pick<Config, "env">): Environment {
  return { ...env, ...withoutWithheld(caller) };
}

/** All that an agent finds in its environment: the caller's exports, what its adapter adds, and which agent it is. */
export function agentVariables(caller: Environment, entry: AgentEntry, added: Environment): Environment {
  const environment = { ...agentEnvironment(caller), ...added };
  return {
    ...environment,
    ...telemetryVariables(environment, entry),
    AI_FLEET_ID: entry.id,
    AI_FLEET_BRANCH: entry.branch,
    AI_FLEET_BATCH: entry.batch_id,
    AI_FLEET_REPO: entry.repo,
    AI_FLEET_PORT: entry.port?.toString(),
  };
}

/** The caller's environment as tmux gets it: a server that is started by it must not make all its panes look like inside an agent. */
export function serverEnvironment(caller: Environment): Environment {
  return withoutVariables(
    withoutCommandSettings(withoutWithheld(caller)),
    (name) => runtime.test(name) || isMarker(name) || gitLocalVariables.includes(name),
  );
}
