import { FleetError } from "../../../errors.ts";
import { type AgentEntry, isSameTicket } from "../../../state/entry.ts";
import { shellWord } from "../../../system/shell.ts";
import type { Draft } from "../../life/plan.ts";

/** A ticket has no more agents than it may, whoever asks for them at the same moment: throws FleetError when it would. */
export function requireFreeTickets(drafts: readonly Draft[], entries: readonly AgentEntry[]): void {
  for (const { ticket } of drafts) {
    if (ticket === undefined) continue;
    const { mark, most } = ticket;
    const there = entries.filter((entry) => isSameTicket(entry.ticket, mark));
    const asked = drafts.filter((draft) => isSameTicket(draft.ticket?.mark, mark)).length;
    const [first] = there;
    if (there.length + asked <= most) continue;
    if (first === undefined) throw new FleetError("usage", `${mark.key} is named ${asked} times`);
    const name = shellWord(first.branch);
    throw new FleetError("failed", `${mark.key} already has an agent, ${first.branch}`, {
      code: "ticket-taken",
      hint: `to tell it something, run fleet prompt ${name} TEXT; to replace it, run fleet kill ${name}`,
    });
  }
}
