import type { Conversation } from "../../system/converse.ts";
import { atMost } from "../../system/limit.ts";
import { shellWord } from "../../system/shell.ts";
import {
  answerMilliseconds,
  type FirstCommand,
  type OpenedConnection,
  type Surroundings,
  sessionsAtOnce,
  within,
} from "../connection.ts";
import type { Host } from "../host.ts";
import { silent, unreachable } from "../unreachable.ts";
import { runningAllocation } from "./allocation.ts";
import { finish, runInAllocation } from "./command.ts";
import { type Nomad, nomadOf } from "./service.ts";
import { openSession, type Session } from "./session.ts";

/** What `__channel` is called: git and terminals take a program, and it runs their commands in the allocation. */
const channelCommand = "__channel";

/**
 * Connects to the allocation that a Nomad has lent and runs `first` there. Each command is a session of its own of Nomad's exec.
 * @throws {FleetError} `failed` when there is no allocation that runs (`host-not-lent`), or it does not answer within `answerMilliseconds`
 */
export async function connectByNomad(
  host: Host,
  surroundings: Surroundings,
  first: FirstCommand,
): Promise<OpenedConnection> {
  const { cancelled, program } = surroundings;
  const nomad = await nomadOf(host, surroundings);
  const allocation = await runningAllocation(nomad);
  const { session, errors } = await openShell(nomad, allocation, { host, cancelled, onLine: first.onLine });
  const turn = atMost(sessionsAtOnce);
  const master = conversation(session, errors);
  master.say(`${first.script}\n`);
  const words = [program, channelCommand, host.name];
  return {
    host,
    turn,
    master,
    run: (script, options = {}) => turn(() => runInAllocation(nomad, allocation, script, { cancelled, ...options })),
    send: (command, input, stopped = cancelled) =>
      turn(() => finish(nomad, allocation, ["/bin/sh", "-c", command], { input, cancelled: stopped })),
    gitUrl: (path) => `ssh://${host.name}${path.split("/").map(encodeURIComponent).join("/")}`,
    gitEnvironment: { GIT_SSH_COMMAND: [...words, "--"].map(shellWord).join(" "), GIT_SSH_VARIANT: "simple" },
    onTerminal: (command) => [...words, "--terminal", "--", host.name, command],
    async close() {
      if (cancelled.aborted) master.kill();
      else master.endInput();
      await Promise.race([session.ended, Bun.sleep(closingMilliseconds)]);
      session.drop();
    },
  };
}

interface ShellOptions extends Pick<Surroundings, "cancelled">, Pick<FirstCommand, "onLine"> {
  readonly host: Host;
}

/** Opens a shell in an allocation. Throws FleetError `failed` when it does not answer within `answerMilliseconds`. */
async function openShell(nomad: Nomad, allocation: string, { host, cancelled, onLine }: ShellOptions) {
  const lines = lineReader(onLine);
  const errors: Uint8Array[] = [];
  const session = openSession(nomad, {
    allocation,
    command: ["/bin/sh", "-s"],
    onOutput: (stream, bytes) => (stream === 1 ? lines(bytes) : errors.push(bytes)),
  });
  const refused = session.ended.then(({ lost }) => {
    throw unreachable(host, lost);
  });
  try {
    await within(Promise.race([session.opened, refused]), {
      cancelled,
      milliseconds: answerMilliseconds,
      late: () => silent(host, answerMilliseconds),
    });
  } catch (error) {
    session.drop();
    throw error;
  }
  refused.catch(() => undefined);
  return { session, errors };
}

const closingMilliseconds = 2000;

function conversation(session: Session, errors: readonly Uint8Array[]): Conversation {
  return {
    say: (bytes) => void session.say(Buffer.from(bytes)),
    endInput: session.endInput,
    kill: session.drop,
    ended: session.ended.then(({ exitCode, lost }) => ({
      exitCode: exitCode ?? 255,
      stderr: `${Buffer.concat(errors).toString("utf8")}${lost}`,
    })),
  };
}

/** Hands on each line when it is whole. */
function lineReader(onLine: (line: string) => void): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = "";
  return (bytes) => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  };
}
