import type { WebhookRule, Webhooks } from "../../config/config.ts";
import type { HookEvent } from "./event.ts";

/** What is to become of an event: it fits a rule, nobody wants it, or somebody who is not listed is in it. */
export type Decision =
  | { readonly kind: "act"; readonly rule: WebhookRule }
  | { readonly kind: "ignore"; readonly why: string }
  | { readonly kind: "refuse"; readonly why: string };

/**
 * Nothing is done for anybody who is not listed, and nothing is looked at for them; else the first rule that fits decides. `repositoryOf`
 * says what the checkout of a rule is on the tracker of the event, for rules that name no repository.
 */
export function decide(
  event: HookEvent,
  { rules, people }: Pick<Webhooks, "rules" | "people">,
  repositoryOf: (rule: WebhookRule) => string | undefined,
): Decision {
  const strangers = [event.people.sender, event.people.author, ...ticketAuthor(event)].filter(
    (person) => !people.includes(person),
  );
  const [stranger] = strangers;
  if (stranger !== undefined) {
    return { kind: "refuse", why: stranger === "" ? "it does not say whose it is" : `${stranger} is not in people` };
  }
  const rule = rules.find((each) => fits(each, event, repositoryOf));
  if (rule === undefined) return { kind: "ignore", why: "no rule fits" };
  if ("from" in event && event.from.toLowerCase() !== event.repository.toLowerCase()) {
    return { kind: "refuse", why: "the branch is of another repository" };
  }
  return { kind: "act", rule };
}

/** Who has written the ticket that a command is about. */
function ticketAuthor(event: HookEvent): string[] {
  if (event.kind !== "comment" || event.ticket === undefined) return [];
  const id = event.ticket.author?.id ?? "";
  return [id === "" ? "" : `${event.source}:${id}`];
}

function fits(rule: WebhookRule, event: HookEvent, repositoryOf: (rule: WebhookRule) => string | undefined): boolean {
  const { source, event: kind, action, label, association } = rule;
  // A workspace of Linear or Jira is known by its signature; a repository of GitHub is one of many with the same secret.
  const usual = source === "github" ? repositoryOf(rule) : event.repository;
  const repository = rule.repository === "" ? usual : rule.repository;
  return (
    source === event.source &&
    kind === event.kind &&
    (action === "" || action === event.action) &&
    (label === "" || hasLabel(labelsOf(event), label)) &&
    (association.length === 0 || association.includes(event.association)) &&
    repository?.toLowerCase() === event.repository.toLowerCase()
  );
}

/** Whether one of the labels is this one; trackers do not tell labels apart by case. */
export function hasLabel(labels: readonly string[], label: string): boolean {
  return labels.some((each) => each.toLowerCase() === label.toLowerCase());
}

function labelsOf(event: HookEvent): readonly string[] {
  return "ticket" in event && event.ticket !== undefined ? event.ticket.labels : [];
}
