import type { Ticket } from "../../model/ticket.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../../trackers/fields.ts";
import { attemptsAsked, bounded, type HookEvent, type Ignored } from "./event.ts";

const host = "linear.app";

/** What a delivery of Linear says. */
export function linearEvent(payload: Fields): HookEvent | Ignored {
  const { type, action } = payload;
  if (action !== "create" && action !== "update") return { ignored: `${textOf(action)} starts nothing` };
  if (type === "Issue") return issueEvent(payload);
  if (type === "Comment") return commentEvent(payload);
  return { ignored: `events of ${textOf(type)} start nothing` };
}

function issueEvent(payload: Fields): HookEvent | Ignored {
  const data = fieldsOf(payload.data);
  const state = fieldsOf(data.state);
  if (state.type === "completed" || state.type === "canceled" || data.archivedAt)
    return { ignored: "the issue is closed" };
  const key = textOf(data.identifier);
  const ticket: Ticket = {
    tracker: "linear",
    host,
    key,
    url: textOf(data.url),
    title: textOf(data.title),
    text: bounded(textOf(data.description)),
    author: { id: textOf(data.creatorId), name: textOf(fieldsOf(data.creator).name) },
    state: textOf(state.name),
    isClosed: false,
    labels: listOf(data.labels).map(({ name }) => textOf(name)),
    comments: [],
    olderComments: 0,
    related: [],
    attachments: [],
  };
  return { kind: "ticket", ...common(payload, key), people: peopleOf(payload, data.creatorId), ticket };
}

function commentEvent(payload: Fields): HookEvent | Ignored {
  const data = fieldsOf(payload.data);
  if (payload.action !== "create") return { ignored: "only a new comment is a command" };
  const attempts = attemptsAsked(textOf(data.body));
  if (attempts === undefined) return { ignored: "the comment is no command" };
  const key = textOf(fieldsOf(data.issue).identifier);
  if (key === "") return { ignored: "the comment is on no issue" };
  const people = peopleOf(payload, data.userId);
  if (people.sender !== people.author) return { ignored: "the comment is of somebody else" };
  return {
    kind: "comment",
    ...common(payload, key),
    people,
    ticket: undefined,
    reference: { tracker: "linear", host, key },
    attempts,
  };
}

function common({ action }: Fields, key: string) {
  const repository = key.replace(/-\d+$/, "");
  return { source: "linear" as const, action: textOf(action), repository, host, association: "" };
}

function peopleOf({ actor }: Fields, author: unknown) {
  const { id, type } = fieldsOf(actor);
  return { sender: type === "user" || type === undefined ? idOf(id) : "", author: idOf(author) };
}

function idOf(id: unknown): string {
  return textOf(id) === "" ? "" : `linear:${textOf(id)}`;
}
