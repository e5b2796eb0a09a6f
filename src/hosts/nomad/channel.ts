import { quoteForShell } from "../../system/shell.ts";
import type { Surroundings } from "../connection.ts";
import type { Host } from "../host.ts";
import { runningAllocation } from "./allocation.ts";
import { nomadOf } from "./service.ts";
import { type Ending, openSession } from "./session.ts";

/** The two ends of a command that runs in an allocation for somebody here. */
export interface Ends {
  readonly input: AsyncIterable<Uint8Array>;
  readonly write: (stream: 1 | 2, bytes: Uint8Array) => void;
  /** Set when the user's terminal is at the other end: calls back with its columns and rows, now and whenever they change. */
  readonly watchSize?: (onSize: (columns: number, rows: number) => void) => void;
}

/** Runs a command line in the allocation of a host, between the two ends, and tells how it ended. Throws when there is no allocation. */
export async function openChannel(
  host: Host,
  surroundings: Surroundings,
  command: string,
  { input, write, watchSize }: Ends,
): Promise<Ending> {
  const { environment, cancelled } = surroundings;
  const nomad = await nomadOf(host, surroundings);
  const allocation = await runningAllocation(nomad);
  const terminal = watchSize !== undefined;
  // Unlike ssh, Nomad does not say what kind of terminal it is.
  const kind = terminal ? `TERM=${quoteForShell(environment.TERM ?? "xterm")}; export TERM\n` : "";
  const session = openSession(nomad, {
    allocation,
    command: ["/bin/sh", "-c", `${kind}${command}`],
    terminal,
    onOutput: write,
  });
  cancelled.addEventListener("abort", session.drop, { once: true });
  watchSize?.(session.resize);
  const feed = async () => {
    for await (const bytes of input) await session.say(bytes);
    session.endInput();
  };
  void feed();
  return session.ended;
}
