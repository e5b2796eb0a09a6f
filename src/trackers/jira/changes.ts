import type { TicketReference } from "../../model/ticket.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../fields.ts";
import { tooManyEdits } from "../tracker.ts";
import { get, type JiraAccess } from "./call.ts";
import { personId } from "./people.ts";

/** Everybody who has changed title or text, by their ids. */
export async function editors(access: JiraAccess, reference: TicketReference): Promise<string[]> {
  return changersOf(access, reference, ({ field }) => field === "summary" || field === "description");
}

/** Everybody who has put a label on a ticket, by their ids. Jira tells all labels before and after a change, with blanks between them. */
export async function labellers(access: JiraAccess, reference: TicketReference, label: string): Promise<string[]> {
  const has = (labels: unknown) => textOf(labels).toLowerCase().split(" ").includes(label.toLowerCase());
  return changersOf(
    access,
    reference,
    ({ field, fromString: before, toString: after }) => field === "labels" && has(after) && !has(before),
  );
}

/** Who has made changes of a kind, by their ids. Throws FleetError when not all changes can be read. */
async function changersOf(
  access: JiraAccess,
  { key }: TicketReference,
  isMeant: (item: Fields) => boolean,
): Promise<string[]> {
  const path = `/issue/${encodeURIComponent(key)}?fields=summary&expand=changelog`;
  const log = fieldsOf(fieldsOf((await get(access, path, key)).json).changelog);
  const histories = listOf(log.histories);
  // Without the log nothing is known, and a part of it is not enough.
  if (log.histories === undefined || (Number(log.total) || 0) > histories.length) throw tooManyEdits(key);
  const changes = histories.filter(({ items }) => listOf(items).some(isMeant));
  return [...new Set(changes.map(({ author }) => personId(fieldsOf(author))))];
}
