import { FleetError } from "../../errors.ts";

const passing = new Set(["no-room", "service-busy", "service-unreachable"]);

/** Whether an error may be over later: there is no room for an agent, or a service has a bad day. */
export function isPassing(error: unknown): error is FleetError {
  return error instanceof FleetError && (error.kind === "timeout" || passing.has(error.code ?? ""));
}
