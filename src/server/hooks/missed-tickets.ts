import type { WebhookRule } from "../../config/config.ts";
import { withHint } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { openDesk, type TicketDesk } from "../../fleet/tickets/desk.ts";
import type { FoundTicket } from "../../model/ticket.ts";
import { bounded, type TicketEvent } from "./event.ts";
import type { Worker } from "./worker.ts";

const minute = 60_000;
/** What is older nobody waits for any more. */
const longestAbsence = 3 * 24 * 60 * minute;
const mostTickets = 100;

/** A rule for tickets of a tracker that sends nothing again. */
type PolledRule = WebhookRule & { readonly source: "linear" | "jira" };

/**
 * Asks Linear and Jira for the tickets that rules want and that have changed since nobody took deliveries. They are queued as if they had
 * been sent: those that are known already are repeats. Whoever put the label of the rule on a ticket counts as its sender.
 */
export async function fetchMissedTickets(fleet: Fleet, worker: Worker, absentSince: Date): Promise<void> {
  const { rules = [], people = [] } = fleet.settings.config.webhooks ?? {};
  const since = new Date(Math.max(absentSince.getTime(), Date.now() - longestAbsence) - minute);
  for (const rule of rules.filter(isPolled)) {
    const text = await missedOf(fleet, worker, { rule, people, since }).catch((error: unknown) => {
      const why = withHint(error);
      return `what changed in ${rule.source} before is not known: ${why}`;
    });
    if (text !== undefined && !fleet.cancelled.aborted) fleet.report({ kind: "note", text });
  }
}

function isPolled(rule: WebhookRule): rule is PolledRule {
  return rule.event === "ticket" && rule.source !== "github";
}

interface Wanted {
  readonly rule: PolledRule;
  readonly people: readonly string[];
  readonly since: Date;
}

async function missedOf(fleet: Fleet, worker: Worker, wanted: Wanted): Promise<string | undefined> {
  const desk = await openDesk({ ...fleet, directory: wanted.rule.directory });
  const { source: tracker } = wanted.rule;
  const found = await desk.search({ text: missedQuery(wanted.rule, wanted.since), tracker, limit: mostTickets });
  let count = 0;
  for (const ticket of found) {
    const event = await eventOf(desk, ticket, wanted);
    const body = new TextEncoder().encode(JSON.stringify(event));
    if ((await worker.add({ id: "", body }, event)) === "taken") count += 1;
  }
  return count === 0 ? undefined : `${count} changed tickets of ${tracker} were missed`;
}

/** What finds the open tickets of a rule that have changed since, in the words of its tracker. */
export function missedQuery({ source, action, label, repository }: PolledRule, since: Date, now = Date.now()): string {
  const isForNew = action === "create" || action === "created";
  if (source === "linear") {
    return [
      "is:open",
      ...(label === "" ? [] : [`label:"${label}"`]),
      ...(repository === "" ? [] : [`team:${repository}`]),
      `${isForNew ? "created" : "updated"}:>=${since.toISOString()}`,
    ].join(" ");
  }
  // Jira takes a moment for one of the time zone of its user, which is not known here.
  const minutes = Math.ceil((now - since.getTime()) / minute);
  return [
    "statusCategory != Done",
    ...(label === "" ? [] : [`labels = ${JSON.stringify(label)}`]),
    ...(repository === "" ? [] : [`project = ${JSON.stringify(repository)}`]),
    `${isForNew ? "created" : "updated"} >= "-${minutes}m"`,
  ].join(" AND ");
}

async function eventOf(desk: TicketDesk, found: FoundTicket, { rule, people }: Wanted): Promise<TicketEvent> {
  const tracker = await desk.trackerOf(found);
  const ticket = await tracker.read(found);
  const { source, label, action } = rule;
  const author = personOf(source, ticket.author?.id);
  const labellers = label === "" ? [] : ((await tracker.labellers?.(ticket, label)) ?? []);
  const senders = labellers.map((id) => personOf(source, id));
  return {
    kind: "ticket",
    source,
    action: action === "" ? "update" : action,
    host: ticket.host,
    association: "",
    repository: ticket.key.replace(/-\d+$/, ""),
    // One of them who is not listed is enough to have it refused.
    people: { sender: senders.find((person) => !people.includes(person)) ?? senders[0] ?? author, author },
    ticket: { ...ticket, text: bounded(ticket.text), comments: [], olderComments: 0, related: [], attachments: [] },
  };
}

function personOf(source: PolledRule["source"], id: string | undefined): string {
  return id === undefined || id === "" ? "" : `${source}:${id}`;
}
