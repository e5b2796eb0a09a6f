import type { HostState } from "../api/host-state.ts";

/** A line for each host that does not answer: since when, and why. */
export function silences(hosts: readonly HostState[]): string[] {
  return hosts.flatMap(({ host, silent }) => {
    if (silent === undefined) return [];
    const { since, error } = silent;
    return [`${host} is unreachable since ${new Date(since).toLocaleString("sv")}: ${error.message}`];
  });
}
