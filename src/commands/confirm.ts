import { parted } from "../api/away.ts";
import { FleetError } from "../errors.ts";
import type { Selection } from "../fleet/choose/selection.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { lookAtAgents } from "../fleet/watch/observe.ts";
import { ask, canAsk } from "../output/question.ts";
import { counted } from "../output/text.ts";
import type { Application } from "./application.ts";

interface Confirmation {
  readonly verb: "kill" | "stop";
  readonly yes: boolean;
}

/** Asks once, on a terminal, before a pattern ends agents that are working: the user may not have meant all that it matches. */
export async function confirmEnding(
  { json, cancelled }: Application,
  fleet: Fleet,
  { entries, exact }: Selection,
  { verb, yes }: Confirmation,
): Promise<void> {
  if (exact || yes || json || !canAsk()) return;
  const working = (await lookAtAgents(fleet, parted(fleet, entries).here)).filter(
    ({ status }) => status.word === "working",
  );
  if (working.length === 0) return;
  const names = working.map(({ entry }) => entry.branch).join(", ");
  const question = `${verb} ${counted(entries.length, "agent")}, of which ${working.length} working (${names})? [y/N] `;
  const agreed = await ask(question, cancelled);
  if (!agreed) throw new FleetError("failed", "nothing was done", { hint: "to do it without being asked, add -y" });
}
