import { signal } from "@preact/signals";
import type { Agent } from "../wire.ts";

/** What lies over the page. */
export type OpenDialog =
  | { readonly is: "palette" | "help" }
  | { readonly is: "new"; readonly kind: "one" | "fanout" | "several" }
  | { readonly is: "prompt" | "kill" | "budget"; readonly agents: readonly Agent[] }
  | { readonly is: "merge" | "pick" | "pr"; readonly what: Settled };

/** What is merged or picked: branches of one repository. */
export interface Settled {
  readonly repo: string;
  readonly branches: readonly string[];
}

export const dialog = signal<OpenDialog | undefined>(undefined);

/** Opens a dialog in the place of the one that is open. */
export function show(next: OpenDialog): void {
  dialog.value = next;
}

/** Closes what is open. */
export function close(): void {
  dialog.value = undefined;
}
