import type { HostFinished } from "../connection.ts";
import { lost, silent } from "../unreachable.ts";
import type { Nomad } from "./service.ts";
import { openSession } from "./session.ts";

interface CommandOptions {
  readonly input?: Uint8Array;
  readonly cancelled?: AbortSignal;
  readonly timeoutMilliseconds?: number | undefined;
}

/** Runs a POSIX script in an allocation, told as input, as `Connection.run` does. Throws as that does. */
export function runInAllocation(
  nomad: Nomad,
  allocation: string,
  script: string,
  options: Omit<CommandOptions, "input"> = {},
): Promise<HostFinished> {
  // A script that was told in parts must be whole before any of it is run.
  const input = Buffer.from(`{\n${script}\nexit\n}\n`);
  return finish(nomad, allocation, ["/bin/sh", "-s"], { ...options, input });
}

/** Runs a command in an allocation to its end. Throws FleetError `failed` when the link is lost or it takes too long. */
export async function finish(
  nomad: Nomad,
  allocation: string,
  command: readonly string[],
  { input = new Uint8Array(), cancelled, timeoutMilliseconds }: CommandOptions,
): Promise<HostFinished> {
  cancelled?.throwIfAborted();
  const chunks: Record<1 | 2, Uint8Array[]> = { 1: [], 2: [] };
  const session = openSession(nomad, { allocation, command, onOutput: (stream, bytes) => chunks[stream].push(bytes) });
  let late = false;
  const timer =
    timeoutMilliseconds === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          session.drop();
        }, timeoutMilliseconds);
  cancelled?.addEventListener("abort", session.drop, { once: true });
  void session.say(input);
  session.endInput();
  const { exitCode } = await session.ended;
  clearTimeout(timer);
  cancelled?.removeEventListener("abort", session.drop);
  cancelled?.throwIfAborted();
  if (late) throw silent(nomad.host, timeoutMilliseconds ?? 0);
  if (exitCode === undefined) throw lost(nomad.host, "a command");
  const [stdout, stderr] = ([1, 2] as const).map((stream) => Buffer.concat(chunks[stream]).toString("utf8"));
  return { exitCode, stdout: stdout ?? "", stderr: stderr ?? "" };
}
