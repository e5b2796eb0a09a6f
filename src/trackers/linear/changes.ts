import type { TicketReference } from "../../model/ticket.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../fields.ts";
import { type TrackerAccess, tooManyEdits } from "../tracker.ts";
import { mostPages, perPage, send } from "./call.ts";

const historyQuery = `query History($id: String!, $first: Int!, $after: String) {
  issue(id: $id) {
    history(first: $first, after: $after) {
      nodes { toTitle actor { id } descriptionUpdatedBy { id } addedLabels { name } }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

/** Everybody who has changed title or text, by their ids. */
export async function editors(access: TrackerAccess, reference: TicketReference): Promise<string[]> {
  const found = new Set<string>();
  for (const { toTitle, actor, descriptionUpdatedBy } of await historyOf(access, reference)) {
    if (textOf(toTitle) !== "") found.add(textOf(fieldsOf(actor).id));
    for (const { id } of listOf(descriptionUpdatedBy)) found.add(textOf(id));
  }
  return [...found];
}

/** Everybody who has put a label on an issue, by their ids. */
export async function labellers(access: TrackerAccess, reference: TicketReference, label: string): Promise<string[]> {
  const isMeant = ({ name }: Fields) => textOf(name).toLowerCase() === label.toLowerCase();
  const additions = (await historyOf(access, reference)).filter(({ addedLabels }) => listOf(addedLabels).some(isMeant));
  return [...new Set(additions.map(({ actor }) => textOf(fieldsOf(actor).id)))];
}

/** All that was changed of an issue. Throws FleetError when that is too much to be read. */
async function historyOf(access: TrackerAccess, { key }: TicketReference): Promise<Fields[]> {
  const found: Fields[] = [];
  let after: unknown = null;
  for (let page = 1; page <= mostPages; page += 1) {
    const { issue } = await send(access, historyQuery, { id: key, first: perPage, after }, key);
    const history = fieldsOf(fieldsOf(issue).history);
    found.push(...listOf(history.nodes));
    const { hasNextPage, endCursor } = fieldsOf(history.pageInfo);
    if (hasNextPage !== true) return found;
    after = endCursor;
  }
  throw tooManyEdits(key);
}
