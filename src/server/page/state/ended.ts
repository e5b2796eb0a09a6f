import type { Agent } from "../wire.ts";

/**
 * Whether only a new start makes it go on. One that ran out of memory is in error whether it runs or not; what does not run has no memory.
 */
export function hasEnded({ status, memory_bytes }: Pick<Agent, "status" | "memory_bytes">): boolean {
  return ["stopped", "exited", "failed"].includes(status) || (status === "error" && memory_bytes === null);
}
