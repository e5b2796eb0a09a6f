import type { TicketPerson } from "../../model/ticket.ts";
import { type Fields, fieldsOf, textOf } from "../fields.ts";

/** Who did something; `undefined` for somebody of whom Jira tells nothing. */
export function person(value: unknown): TicketPerson | undefined {
  const fields = fieldsOf(value);
  const id = personId(fields);
  return id === "" ? undefined : { id, name: textOf(fields.displayName) };
}

/** What somebody is known by; empty when nothing is. Servers have a key, and older ones only a name. */
export function personId({ accountId, key, name }: Fields): string {
  return textOf(accountId) || textOf(key) || textOf(name);
}
