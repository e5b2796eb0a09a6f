import { FleetError } from "../../errors.ts";
import type { FoundTicket, Ticket, TicketReference } from "../../model/ticket.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../fields.ts";
import { type Tracker, type TrackerAccess, unexpected } from "../tracker.ts";
import { perPage, send, service } from "./call.ts";
import { editors, labellers } from "./changes.ts";
import { comment, commentFrom, commentsOf, marked, say, unsay } from "./comments.ts";
import { linearFilter } from "./filter.ts";
import { person } from "./people.ts";

const host = "linear.app";

/** Issues of Linear by its GraphQL interface. */
export function linearTracker(access: TrackerAccess): Tracker {
  return {
    name: "linear",
    read: (reference) => read(access, reference),
    search: (query, limit) => search(access, query, limit),
    editors: (reference) => editors(access, reference),
    labellers: (reference, label) => labellers(access, reference, label),
    comment: (reference, marker, text) => comment(access, reference, marker, text),
    marked: (reference, marker) => marked(access, reference, marker),
    say: (reference, text) => say(access, reference, text),
    unsay: (reference, id) => unsay(access, reference, id),
    mark: (reference, word) => moveTo(access, reference, word),
  };
}

const issueQuery = `query Issue($id: String!) {
  issue(id: $id) {
    identifier title description url
    state { name type }
    creator { id displayName }
    labels(first: 50) { nodes { name } }
    children(first: 50) { nodes { identifier title state { name } } }
    attachments(first: 50) { nodes { title url } }
  }
}`;

async function read(access: TrackerAccess, reference: TicketReference): Promise<Ticket> {
  const { key } = reference;
  const [answer, { comments, more }] = await Promise.all([
    send(access, issueQuery, { id: key }, key),
    commentsOf(access, key),
  ]);
  const issue = fieldsOf(answer.issue);
  if (textOf(issue.identifier) === "") throw unexpected(service, `the issue ${key}`);
  const state = fieldsOf(issue.state);
  return {
    tracker: "linear",
    host,
    // An issue that was moved to another team is answered under its new key.
    key: textOf(issue.identifier),
    url: textOf(issue.url),
    title: textOf(issue.title),
    text: textOf(issue.description),
    author: person(issue.creator),
    state: textOf(state.name),
    isClosed: state.type === "completed" || state.type === "canceled",
    labels: nodesOf(issue.labels).map(({ name }) => textOf(name)),
    comments: comments.map(commentFrom).sort((one, other) => one.at.localeCompare(other.at)),
    olderComments: more ? 1 : 0,
    related: nodesOf(issue.children).map((child) => ({
      kind: "sub-issue",
      key: textOf(child.identifier),
      title: textOf(child.title),
      state: textOf(fieldsOf(child.state).name),
    })),
    attachments: nodesOf(issue.attachments).map(({ title, url }) => ({ name: textOf(title), url: textOf(url) })),
  };
}

const searchQuery = `query Issues($filter: IssueFilter, $first: Int!, $after: String) {
  issues(filter: $filter, first: $first, after: $after) {
    nodes { identifier title url }
    pageInfo { hasNextPage endCursor }
  }
}`;

async function search(access: TrackerAccess, query: string, limit: number): Promise<FoundTicket[]> {
  const filter = linearFilter(query);
  const found: FoundTicket[] = [];
  let after: unknown = null;
  while (found.length < limit) {
    const first = Math.min(perPage, limit - found.length);
    const connection = fieldsOf(
      (await send(access, searchQuery, { filter, first, after }, "what the query asks for")).issues,
    );
    found.push(
      ...listOf(connection.nodes).map(({ identifier, title, url }) => ({
        tracker: "linear" as const,
        host,
        key: textOf(identifier),
        title: textOf(title),
        url: textOf(url),
      })),
    );
    const { hasNextPage, endCursor } = fieldsOf(connection.pageInfo);
    if (hasNextPage !== true) break;
    after = endCursor;
  }
  return found;
}

const statesQuery = `query States($id: String!) {
  issue(id: $id) {
    id
    state { id name }
    team { states(first: 100) { nodes { id name } } }
  }
}`;

const moveIssue = `mutation Move($id: String!, $input: IssueUpdateInput!) {
  issueUpdate(id: $id, input: $input) { success }
}`;

async function moveTo(access: TrackerAccess, { key }: TicketReference, word: string): Promise<void> {
  const issue = fieldsOf((await send(access, statesQuery, { id: key }, key)).issue);
  const states = nodesOf(fieldsOf(issue.team).states);
  const wanted = states.find(({ name }) => textOf(name).toLowerCase() === word.toLowerCase());
  if (wanted === undefined) {
    throw new FleetError("failed", `the team of ${key} has no state ${JSON.stringify(word)}`, {
      code: "no-such-state",
      output: states.map(({ name }) => textOf(name)).join("\n"),
      hint: "to name another one, run fleet config edit",
    });
  }
  if (wanted.id === fieldsOf(issue.state).id) return;
  await send(access, moveIssue, { id: textOf(issue.id), input: { stateId: wanted.id } }, key);
}

function nodesOf(connection: unknown): Fields[] {
  return listOf(fieldsOf(connection).nodes);
}
