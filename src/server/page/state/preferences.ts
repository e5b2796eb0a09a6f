import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

/** What a person chose in this browser; it is remembered for this address. */
export const theme = remembered<Theme>("theme", "system", ["system", "light", "dark"]);
/** Whether letters without a modifier do something. Who dictates, or hits keys by accident, can turn it off. */
export const letterKeys = remembered<"on" | "off">("letter-keys", "on", ["on", "off"]);
/** Whether the browser tells of agents that need the user. */
export const notices = remembered<"on" | "off">("notices", "off", ["on", "off"]);
export const grouping = remembered<"need" | "batch">("grouping", "need", ["need", "batch"]);

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});

function remembered<Value extends string>(name: string, usual: Value, values: readonly Value[]) {
  const stored = localStorage.getItem(`fleet-${name}`);
  const value = signal<Value>(values.find((known) => known === stored) ?? usual);
  effect(() => localStorage.setItem(`fleet-${name}`, value.value));
  return value;
}
