import { FleetError } from "../../errors.ts";
import type { Ticket, TicketReference } from "../../model/ticket.ts";
import { atMost } from "../../system/limit.ts";
import type { TicketDesk } from "./desk.ts";

const atOnce = 4;

/**
 * Reads tickets, all or none. Throws one FleetError `failed` that names each that cannot be read.
 */
export async function readTickets(desk: TicketDesk, references: readonly TicketReference[]): Promise<Ticket[]> {
  const gate = atMost(atOnce);
  const read = await Promise.all(
    references.map((reference) =>
      gate(async () => attempt(reference, async () => (await desk.trackerOf(reference)).read(reference))),
    ),
  );
  const failures = read.filter((each): each is Unread => "error" in each);
  const [first] = failures;
  if (first === undefined) return read.filter((each): each is Ticket => !("error" in each));
  if (references.length === 1) throw first.error;
  throw new FleetError(
    "failed",
    `${failures.length} of ${references.length} tickets cannot be read, so nothing was started`,
    {
      code: "tickets-unread",
      output: failures.map(({ reference, error }) => `${reference.key}: ${error.message}`).join("\n"),
      ...(first.error.hint === undefined ? {} : { hint: first.error.hint }),
    },
  );
}

interface Unread {
  readonly reference: TicketReference;
  readonly error: FleetError;
}

async function attempt(reference: TicketReference, read: () => Promise<Ticket>): Promise<Ticket | Unread> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof FleetError) return { reference, error };
    throw error;
  }
}
