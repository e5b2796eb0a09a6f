import type { Ticket } from "../../model/ticket.ts";
import { type Fields, fieldsOf, textOf } from "../../trackers/fields.ts";
import { adfToMarkdown } from "../../trackers/jira/adf.ts";
import { wikiToMarkdown } from "../../trackers/jira/wiki.ts";
import { attemptsAsked, bounded, type HookEvent, type Ignored } from "./event.ts";

/** What a delivery of a Jira says, which is at this address. */
export function jiraEvent(payload: Fields, address: string): HookEvent | Ignored {
  const host = URL.parse(address)?.host ?? "";
  const issue = fieldsOf(payload.issue);
  const key = textOf(issue.key);
  if (!/^[A-Za-z][A-Za-z0-9_]{0,19}-\d{1,9}$/.test(key)) return { ignored: "it is about no issue" };
  if (URL.parse(textOf(issue.self))?.host !== host) return { ignored: "it is of another Jira than jira_url" };
  switch (payload.webhookEvent) {
    case "jira:issue_created":
    case "jira:issue_updated":
      return issueEvent(payload, key, address.replace(/\/+$/, ""), host);
    case "comment_created":
      return commentEvent(payload, key, host);
    default:
      return { ignored: `${textOf(payload.webhookEvent)} starts nothing` };
  }
}

function issueEvent(payload: Fields, key: string, address: string, host: string): HookEvent | Ignored {
  const fields = fieldsOf(fieldsOf(payload.issue).fields);
  const status = fieldsOf(fields.status);
  if (fieldsOf(status.statusCategory).key === "done") return { ignored: "the issue is closed" };
  const { description, labels } = fields;
  // Who has made it has written it; a reporter may be anybody that they named.
  const creator = fieldsOf(fields.creator);
  const ticket: Ticket = {
    tracker: "jira",
    host,
    key,
    url: `${address}/browse/${key}`,
    title: textOf(fields.summary),
    text: bounded(typeof description === "string" ? wikiToMarkdown(description) : adfToMarkdown(description)),
    author: { id: personId(creator), name: textOf(creator.displayName) },
    state: textOf(status.name),
    isClosed: false,
    labels: Array.isArray(labels) ? labels.map(textOf) : [],
    comments: [],
    olderComments: 0,
    related: [],
    attachments: [],
  };
  const action = payload.webhookEvent === "jira:issue_created" ? "created" : "updated";
  const people = { sender: idOf(payload.user), author: idOf(creator) };
  return { kind: "ticket", ...common(key, host), action, people, ticket };
}

function commentEvent(payload: Fields, key: string, host: string): HookEvent | Ignored {
  const comment = fieldsOf(payload.comment);
  const text = typeof comment.body === "string" ? comment.body : adfToMarkdown(comment.body);
  const attempts = attemptsAsked(text);
  if (attempts === undefined) return { ignored: "the comment is no command" };
  const author = idOf(comment.author);
  const people = { sender: payload.user === undefined ? author : idOf(payload.user), author };
  return {
    kind: "comment",
    ...common(key, host),
    action: "created",
    people,
    ticket: undefined,
    reference: { tracker: "jira", host, key },
    attempts,
  };
}

function common(key: string, host: string) {
  return { source: "jira" as const, repository: key.replace(/-\d+$/, ""), host, association: "" };
}

function personId({ accountId, key, name }: Fields): string {
  return textOf(accountId) || textOf(key) || textOf(name);
}

function idOf(person: unknown): string {
  const id = personId(fieldsOf(person));
  return id === "" ? "" : `jira:${id}`;
}
