import { FleetError } from "../errors.ts";
import { apiVersion } from "../model/api-version.ts";
import { build } from "../system/build.ts";
import { quoteForShell } from "../system/shell.ts";
import { CallLine, type CallOptions } from "./calls.ts";
import { connect } from "./connect.ts";
import { answerMilliseconds, type Connection, type Surroundings, within } from "./connection.ts";
import type { Host } from "./host.ts";
import { enterJob, onTerminalOfJob } from "./slurm.ts";
import { silent } from "./unreachable.ts";

/** A connection to the fleet of a host: what the rows of `api/` do there, git, and scripts. */
export interface HostLink extends Connection {
  /** The version of the fleet there. */
  readonly version: string;
  /** By how many milliseconds its clock is ahead of the one here. */
  readonly clockAhead: number;
  /** Whether it can still be spoken over, as far as is known without asking. */
  isOpen(): boolean;
  /**
   * Calls a row of `api/` there and returns its answer.
   * @throws {FleetError} what the call ended with there, or `host-link-lost`: what was named as an operation can be asked for by `result`
   */
  call(name: string, input: object, options?: CallOptions): Promise<unknown>;
  /** What came of an operation that was called by its name, over this connection or an earlier one. Throws as `call` does. */
  result(operation: string): Promise<unknown>;
}

/** The program on a host, for its shells: all of them read this word alike. */
export const hostProgram = '"$HOME/.ai_fleet/bin/fleet"';

const none = "fleet-none-here";

/**
 * Connects to a host and opens a line to the fleet there, which runs in the environment of that host's login shell.
 * @throws {FleetError} `failed` when the host cannot be reached or says nothing for 5 s, has no fleet (`host-without-fleet`), or one that
 *   speaks another version (`host-version`)
 */
export async function openLink(host: Host, surroundings: Surroundings): Promise<HostLink> {
  const line: CallLine = new CallLine(host, (text) => connection.master.say(`${text}\n`));
  const connection = await connect(host, surroundings, {
    script: startScript(host, surroundings),
    onLine: (text) => (text === none ? line.end(withoutFleet(host)) : line.hear(text)),
  });
  let isOpen = true;
  void connection.master.ended.then(() => {
    isOpen = false;
    line.end(undefined);
  });
  try {
    const hello = await within(line.hello, {
      cancelled: surroundings.cancelled,
      milliseconds: answerMilliseconds,
      late: () => silent(host, answerMilliseconds),
    });
    requireSameVersion(host, hello);
    line.endWithUs();
    const onTerminal = (command: string) => connection.onTerminal(onTerminalOfJob(host, command));
    const { fleet: version, clockAhead } = hello;
    return {
      ...connection,
      onTerminal,
      version,
      clockAhead,
      isOpen: () => isOpen,
      call: (name, input, options) => line.call(name, input, options),
      result: (operation) => line.result(operation),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Starts `fleet api` by the login shell, which knows the user's PATH; one whose options nobody knows is left out. */
function startScript(host: Host, { environment }: Surroundings): string {
  const { settings } = host;
  const passed = settings.pass_env.flatMap((name) =>
    environment[name] === undefined ? [] : [[name, environment[name]]],
  );
  const root = settings.worktree_root === "" ? [] : [["AI_FLEET_WORKTREE_ROOT", settings.worktree_root]];
  const variables = [...Object.entries(settings.env), ...passed, ...root] as [string, string][];
  return [
    ...variables.map(([name, value]) => `export ${name}=${quoteForShell(value)}`),
    `[ -x ${hostProgram} ] || { echo ${none}; exit 0; }`,
    enterJob(host),
    'case $(basename "$SHELL") in',
    `bash | zsh | fish | ksh | dash | sh) exec $within "$SHELL" -l -c 'exec ${hostProgram} api' ;;`,
    "esac",
    `exec $within ${hostProgram} api`,
  ].join("\n");
}

function withoutFleet({ name }: Host): FleetError {
  return new FleetError("failed", `${name} has no fleet yet`, {
    code: "host-without-fleet",
    hint: `to put it there, run fleet hosts add ${name}`,
  });
}

function requireSameVersion({ name }: Host, there: { readonly api: number; readonly fleet: string }): void {
  if (there.api === apiVersion && majorOf(there.fleet) === majorOf(build.version)) return;
  const isOlder = there.api < apiVersion || majorOf(there.fleet) < majorOf(build.version);
  throw new FleetError(
    "failed",
    `${name} has fleet ${there.fleet}, and this is ${build.version}: they do not speak with each other`,
    {
      code: "host-version",
      hint: isOlder
        ? `to put this one there, run fleet hosts add ${name}`
        : "to get the newer one here, run fleet upgrade",
    },
  );
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10) || 0;
}
