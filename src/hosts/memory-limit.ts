import { FleetError } from "../errors.ts";
import type { Host } from "./host.ts";

/** A POSIX script that prints the memory limit of where it runs, in bytes, as the kernel has it; nothing or a word where there is none. */
export const memoryLimitScript = [
  "own=$(sed -n 's/^[0-9]*:memory://p; s/^0:://p' /proc/self/cgroup | head -n 1)",
  // In a container its own group is the root of what it sees.
  'for place in "memory$own/memory.limit_in_bytes" "$own/memory.max" memory/memory.limit_in_bytes memory.max; do',
  '  cat "/sys/fs/cgroup/$place" 2>/dev/null && break',
  "done",
].join("\n");

/** Holds a scheduler to the memory that it was asked for. Throws FleetError `failed` when what the script printed is no limit. */
export function requireMemoryLimit(
  printed: string,
  host: Host,
  { by, remedy }: { readonly by: string; readonly remedy: string },
): void {
  const [limit = ""] = printed.trim().split("\n");
  // Without a limit cgroup v2 says max, and version 1 a number that no machine has.
  if (/^\d+$/.test(limit) && Number(limit) < 2 ** 60) return;
  throw new FleetError("failed", `${by} at ${host.name} does not hold agents to their memory`, {
    code: `${by.toLowerCase()}-memory`,
    hint: `${remedy}, or take memory out of ${by.toLowerCase()} in [hosts.${host.name}] with fleet config edit`,
  });
}
