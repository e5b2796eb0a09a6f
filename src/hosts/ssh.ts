import { converse } from "../system/converse.ts";
import { run } from "../system/exec.ts";
import { removeTree } from "../system/files.ts";
import { atMost } from "../system/limit.ts";
import { shellWord } from "../system/shell.ts";
import {
  answerMilliseconds,
  type FirstCommand,
  type HostFinished,
  type OpenedConnection,
  type Surroundings,
  sessionsAtOnce,
  within,
} from "./connection.ts";
import { type Host, wayTo } from "./host.ts";
import { makeSocketFolder, socketIn } from "./socket.ts";
import { lost, silent, unreachable } from "./unreachable.ts";

const closingMilliseconds = 2000;

/** Before all options of the user: of each, ssh takes the first. Nothing is asked, nothing is handed on, and a dead link is seen. */
const always = [
  ...["-T", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"],
  ...["-o", "ForwardAgent=no", "-o", "ForwardX11=no", "-o", "ClearAllForwardings=yes"],
];
const asMaster = [
  ...[
    "-o",
    `ConnectTimeout=${answerMilliseconds / 1000}`,
    "-o",
    "ServerAliveInterval=3",
    "-o",
    "ServerAliveCountMax=3",
  ],
  ...["-o", "ControlMaster=yes", "-o", "ControlPersist=no", "-o", "RemoteCommand=none", "-o", "RequestTTY=no"],
];
/** Over the socket of a master, and never by a connection of its own. */
const asGuest = ["-F", "none", ...always, "-o", "ControlMaster=no", "-o", "ProxyCommand=false"];

/**
 * Connects to a host by ssh and runs `first` there. The user's own ssh configuration holds; a host key that is not known is not accepted.
 * @throws {FleetError} `failed` when the host is not reached within `answerMilliseconds`, with the reason as its code
 */
export async function connectBySsh(
  host: Host,
  { environment, cancelled }: Surroundings,
  first: FirstCommand,
): Promise<OpenedConnection> {
  const { options, destination } = wayTo(host);
  const folder = await makeSocketFolder(environment);
  const socket = socketIn(folder);
  const argv = [
    "ssh",
    ...always,
    ...asMaster,
    "-o",
    `ControlPath=${socket}`,
    ...options,
    "--",
    destination,
    "exec sh -s",
  ];
  const reached = Promise.withResolvers<void>();
  const mark = newMark();
  const master = converse(argv, { environment }, (line) => {
    // A start-up file of the login shell may have said something before.
    if (line === mark) reached.resolve();
    else first.onLine(line);
  });
  const close = async () => {
    if (cancelled.aborted) master.kill();
    else master.endInput();
    const late = setTimeout(() => master.kill(), closingMilliseconds);
    await master.ended;
    clearTimeout(late);
    removeTree(folder);
  };
  master.say(`printf '%s\\n' '${mark}'\n${first.script}\n`);
  void master.ended.then(({ stderr }) => reached.reject(unreachable(host, stderr)));
  try {
    await within(reached.promise, {
      cancelled,
      milliseconds: answerMilliseconds,
      late: () => silent(host, answerMilliseconds),
    });
  } catch (error) {
    master.kill();
    await close();
    throw error;
  }
  return { ...guest({ host, environment, socket, cancelled }), master, close };
}

interface GuestOptions extends Pick<Surroundings, "environment" | "cancelled"> {
  readonly host: Host;
  readonly socket: string;
}

function guest({ host, environment, socket, cancelled }: GuestOptions) {
  const words = ["ssh", ...asGuest, "-S", socket];
  const turn = atMost(sessionsAtOnce);
  const remote = (
    command: string,
    input: string | Uint8Array,
    options: { cancelled?: AbortSignal; timeoutMilliseconds?: number },
  ) => turn(() => run([...words, "--", host.name, command], { environment, input, cancelled, ...options }));
  return {
    host,
    async run(
      script: string,
      options: { readonly cancelled?: AbortSignal; readonly timeoutMilliseconds?: number } = {},
    ) {
      const mark = newMark();
      const finished = await remote("exec sh -s", `(\n${script}\n)\nprintf '\\n%s %s\\n' '${mark}' "$?"\n`, options);
      (options.cancelled ?? cancelled).throwIfAborted();
      if (finished.timedOut) throw silent(host, options.timeoutMilliseconds ?? 0);
      return withoutMark(host, finished, mark);
    },
    async send(command: string, bytes: Uint8Array, stopped: AbortSignal = cancelled) {
      const finished = await remote(command, bytes, { cancelled: stopped });
      stopped.throwIfAborted();
      if (finished.exitCode === 255) throw lost(host, "a transfer");
      return finished;
    },
    // The name in the address is only for messages of git: the socket leads to the host.
    gitUrl: (path: string) => `ssh://${host.name}${path.split("/").map(encodeURIComponent).join("/")}`,
    gitEnvironment: { GIT_SSH_COMMAND: words.map(shellWord).join(" "), GIT_SSH_VARIANT: "ssh" },
    onTerminal: (command: string) => [...words.filter((word) => word !== "-T"), "-t", "--", host.name, command],
    turn,
  };
}

/** The last line of a script that ended says how: without it, 255 is the end of the link, and anything else that of its shell. */
function withoutMark(host: Host, { exitCode, stdout, stderr }: HostFinished, mark: string): HostFinished {
  const at = stdout.lastIndexOf(`\n${mark} `);
  if (at >= 0) return { exitCode: Number(stdout.slice(at).trim().split(" ")[1]), stdout: stdout.slice(0, at), stderr };
  if (exitCode === 255) throw lost(host, "a command");
  return { exitCode, stdout, stderr };
}

function newMark(): string {
  return `fleet-${crypto.getRandomValues(new Uint8Array(8)).toHex()}`;
}
