import type { Ticket } from "../../../src/model/ticket.ts";

/** A ticket with little in it. */
export function sampleTicket(different: Partial<Ticket> = {}): Ticket {
  return {
    tracker: "github",
    host: "github.com",
    key: "acme/web#42",
    url: "https://github.com/acme/web/issues/42",
    title: "Login fails",
    text: "It says 500.",
    author: { id: "7", name: "ann" },
    state: "open",
    isClosed: false,
    labels: ["bug"],
    comments: [],
    olderComments: 0,
    related: [],
    attachments: [],
    ...different,
  };
}
