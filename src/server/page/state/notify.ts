import { effect } from "@preact/signals";
import type { Agent } from "../wire.ts";
import { oneLine } from "../words.ts";
import { inNeed } from "./agents.ts";
import { notices } from "./preferences.ts";
import { open } from "./route.ts";

/** Tells of agents that have come to need the user while they look elsewhere, where they asked for that. */
export function notifyOfNeed(): void {
  let known: ReadonlySet<string> | undefined;
  effect(() => {
    const needy = inNeed.value;
    const fresh = known === undefined ? [] : needy.filter((agent) => !known?.has(occasionOf(agent)));
    known = new Set(needy.map(occasionOf));
    if (notices.value === "off" || document.visibilityState === "visible") return;
    for (const agent of fresh) notify(agent);
  });
}

/** Asks the browser whether it may; remembers that the user wants it. */
export async function wantNotices(on: boolean): Promise<void> {
  const may = on && "Notification" in globalThis && (await Notification.requestPermission()) === "granted";
  notices.value = may ? "on" : "off";
}

function notify({ id, branch, status, reason }: Agent): void {
  const notice = new Notification(`${oneLine(branch)}: ${status}`, { body: oneLine(reason ?? ""), tag: id });
  notice.onclick = () => {
    focus();
    open({ at: "agent", id, tab: "talk" });
  };
}

function occasionOf({ id, status, status_since }: Agent): string {
  return `${id} ${status} ${status_since}`;
}
