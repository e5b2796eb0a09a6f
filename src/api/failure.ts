import { FleetError } from "../errors.ts";
import type { Unseen } from "../fleet/review/content.ts";
import type { Failure } from "../model/wire/shared.ts";

interface Reason {
  readonly kind?: string | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly hint?: string | undefined;
  readonly output?: string | undefined;
}

/** Why something could not be done for one agent, by its branch. What is unknown is null. */
export function agentFailure(branch: string, { kind, code, message, hint, output }: Reason): Failure {
  const known = { branch, kind: kind ?? null, code: code ?? null, message: message ?? null, hint: hint ?? null };
  return output === undefined ? known : { ...known, output };
}

/** Why the work of agents cannot be looked at, as it is answered. */
export function unseenFailures(unseen: readonly Unseen[]): Failure[] {
  return unseen.map(({ entry, why, hint }) => agentFailure(entry.branch, { kind: "failed", message: why, hint }));
}

/** The error that a failure stands for, which another machine has told; `unknown` is its message where it has none. */
export function errorOf({ message, code, hint, output }: Omit<Failure, "branch">, unknown: string): FleetError {
  return new FleetError("failed", message ?? unknown, {
    ...(code === null ? {} : { code }),
    ...(hint === null ? {} : { hint }),
    ...(output === undefined ? {} : { output }),
  });
}
