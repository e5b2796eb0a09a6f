import { FleetError } from "../../errors.ts";

/** Network ports that one agent has for itself; an entry without a block keeps none. */
export interface PortBlock {
  readonly port?: number;
  readonly port_count?: number;
}

/** Above what services are usually found at, below what systems hand out to outgoing connections (32768 on Linux, 49152 on macOS). */
const lowest = 20_000;
const highest = 32_767;

/** Finds the lowest `count` ports in a row that no block has; no block at all for 0. Throws FleetError `failed` when none is left. */
export function freePorts(count: number, taken: readonly PortBlock[]): Required<PortBlock> | undefined {
  if (count === 0) return undefined;
  const blocks = taken
    .map(({ port = 0, port_count = 0 }) => ({ from: port, to: port + port_count }))
    .sort((one, other) => one.from - other.from);
  let port = lowest;
  for (const { from, to } of blocks) {
    if (from >= port + count) break;
    port = Math.max(port, to);
  }
  if (port + count - 1 <= highest) return { port, port_count: count };
  throw new FleetError("failed", `no ${count} ports in a row are left between ${lowest} and ${highest}`, {
    hint: "to give each agent fewer, lower ports_per_agent with fleet config edit",
  });
}

/** Whether two blocks have a port in common. */
export function portsOverlap(one: PortBlock, other: PortBlock): boolean {
  const end = ({ port = 0, port_count = 0 }: PortBlock) => port + port_count;
  return (one.port ?? 0) < end(other) && (other.port ?? 0) < end(one);
}
