import type { Failure } from "../model/wire/shared.ts";

interface Reason {
  readonly kind?: string | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly hint?: string | undefined;
}

/** Why something could not be done for one agent, by its branch. What is unknown is null. */
export function agentFailure(branch: string, { kind, code, message, hint }: Reason): Failure {
  return { branch, kind: kind ?? null, code: code ?? null, message: message ?? null, hint: hint ?? null };
}
