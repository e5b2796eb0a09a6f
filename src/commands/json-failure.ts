/** Why something could not be done for one agent, as an entry of `failures` in a JSON answer. What is unknown is `null`. */
export interface JsonFailure {
  readonly branch: string;
  readonly kind: string | null;
  readonly message: string | null;
  readonly hint: string | null;
}

interface Reason {
  readonly kind?: string | undefined;
  readonly message?: string | undefined;
  readonly hint?: string | undefined;
}

/** The entry for an agent, by its branch. */
export function jsonFailure(branch: string, { kind, message, hint }: Reason): JsonFailure {
  return { branch, kind: kind ?? null, message: message ?? null, hint: hint ?? null };
}
