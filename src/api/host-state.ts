import type { FleetError } from "../errors.ts";
import type { HostStateAnswer } from "../model/wire/shared.ts";

/** Whether a host has answered. */
export interface HostState {
  readonly host: string;
  /** Since when it does not answer, as an ISO 8601 time in UTC, and why; undefined when it has answered. */
  readonly silent: { readonly since: string; readonly error: FleetError } | undefined;
}

/** Whether a host has answered, as JSON. */
export function hostStateAsJson({ host, silent }: HostState): HostStateAnswer {
  return {
    host,
    reachable: silent === undefined,
    unreachable_since: silent?.since ?? null,
    reason: silent?.error.message ?? null,
  };
}
