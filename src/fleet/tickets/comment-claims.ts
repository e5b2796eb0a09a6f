import { setTimeout } from "node:timers/promises";
import type { TicketComment, TicketReference } from "../../model/ticket.ts";
import type { Tracker } from "../../trackers/tracker.ts";

/** Who claims a ticket, as others are told. */
export interface Claimant {
  /** What this fleet is told apart by. */
  readonly owner: string;
  readonly host: string;
}

/** What became of a claim by a comment: it is ours, made now or before, or that of somebody who was there first. */
export type CommentClaim =
  | { readonly kind: "ours"; readonly made: string | undefined }
  | { readonly kind: "taken"; readonly host: string; readonly at: string };

/** Long enough for a comment to be seen by all who read. */
const pauseMilliseconds = 2000;

/**
 * Takes a ticket by a comment on it. Two who write at the same moment both read again a while later: the older comment holds, and whoever
 * wrote the other takes it away.
 */
export async function claimByComment(
  tracker: Tracker,
  ticket: TicketReference,
  claimant: Claimant,
  cancelled: AbortSignal,
): Promise<CommentClaim> {
  const [before] = await claimsOn(tracker, ticket);
  if (before !== undefined) return outcomeOf(before, claimant, undefined);
  await tracker.say(ticket, claimText(ticket, claimant));
  const own = async () => (await claimsOn(tracker, ticket)).find(({ text }) => partsOf(text).owner === claimant.owner);
  try {
    await setTimeout(pauseMilliseconds, undefined, { signal: cancelled });
    const [first] = await claimsOn(tracker, ticket);
    // A tracker that does not show it yet has shown no other one either.
    if (first === undefined) return { kind: "ours", made: undefined };
    const outcome = outcomeOf(first, claimant, first.id);
    if (outcome.kind === "taken") await unsayIfThere(tracker, ticket, await own());
    return outcome;
  } catch (error) {
    await unsayIfThere(tracker, ticket, await own().catch(() => undefined)).catch(() => undefined);
    throw error;
  }
}

/** Takes all claims away from a ticket. Returns how many there were. */
export async function releaseByComment(tracker: Tracker, ticket: TicketReference): Promise<number> {
  const claims = await claimsOn(tracker, ticket);
  for (const { id } of claims) await tracker.unsay(ticket, id);
  return claims.length;
}

function claimsOn(tracker: Tracker, ticket: TicketReference): Promise<readonly TicketComment[]> {
  return tracker.marked(ticket, claimMarker(ticket));
}

async function unsayIfThere(tracker: Tracker, ticket: TicketReference, comment: TicketComment | undefined) {
  if (comment !== undefined) await tracker.unsay(ticket, comment.id);
}

function outcomeOf({ text, at }: TicketComment, { owner }: Claimant, made: string | undefined): CommentClaim {
  const by = partsOf(text);
  return by.owner === owner ? { kind: "ours", made } : { kind: "taken", host: by.host, at };
}

/** Plain text: trackers change what is formatted. */
function claimText(ticket: TicketReference, { owner, host }: Claimant): string {
  return `An agent works on this ticket.\n\n${claimMarker(ticket)} the fleet on ${host}, ${owner}.`;
}

function claimMarker({ key }: TicketReference): string {
  return `${key} is claimed by`;
}

function partsOf(text: string): Claimant {
  const [, host = "", owner = ""] = /is claimed by the fleet on (.{1,100}), ([0-9a-f-]{36})\./.exec(text) ?? [];
  return { host, owner };
}
