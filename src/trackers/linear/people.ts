import type { TicketPerson } from "../../model/ticket.ts";
import { fieldsOf, textOf } from "../fields.ts";

/** Who did something; `undefined` for nobody, or somebody who is no user. */
export function person(value: unknown): TicketPerson | undefined {
  const { id, displayName } = fieldsOf(value);
  return textOf(id) === "" ? undefined : { id: textOf(id), name: textOf(displayName) };
}
