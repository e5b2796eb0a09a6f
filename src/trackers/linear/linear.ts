import { FleetError } from "../../errors.ts";
import type { FoundTicket, Ticket, TicketComment, TicketPerson, TicketReference } from "../../model/ticket.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../fields.ts";
import { byAge, type Tracker, type TrackerAccess, tooManyEdits, unexpected } from "../tracker.ts";
import { send, service } from "./call.ts";
import { linearFilter } from "./filter.ts";

const host = "linear.app";
const perPage = 50;
const mostPages = 20;

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

const commentsQuery = `query Comments($id: String!, $first: Int!, $after: String) {
  issue(id: $id) {
    id
    comments(first: $first, after: $after) {
      nodes { id body createdAt user { id displayName isMe } botActor { name } }
      pageInfo { hasNextPage endCursor }
    }
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

interface Comments {
  /** The id of the issue, which its key is not. */
  readonly issue: string;
  readonly comments: readonly Fields[];
  /** There are more of them, which are not read. */
  readonly more: boolean;
}

async function commentsOf(access: TrackerAccess, key: string): Promise<Comments> {
  const comments: Fields[] = [];
  let after: unknown = null;
  let issue: Fields = {};
  for (let page = 1; page <= mostPages; page += 1) {
    issue = fieldsOf((await send(access, commentsQuery, { id: key, first: perPage, after }, key)).issue);
    const connection = fieldsOf(issue.comments);
    comments.push(...listOf(connection.nodes));
    const { hasNextPage, endCursor } = fieldsOf(connection.pageInfo);
    if (hasNextPage !== true) return { issue: textOf(issue.id), comments, more: false };
    after = endCursor;
  }
  return { issue: textOf(issue.id), comments, more: true };
}

function commentFrom({ id, body, createdAt, user, botActor }: Fields): TicketComment {
  const bot = textOf(fieldsOf(botActor).name);
  return {
    id: textOf(id),
    author: person(user) ?? (bot === "" ? undefined : { id: "", name: bot }),
    text: textOf(body),
    at: textOf(createdAt),
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
        ...{ tracker: "linear" as const, host, key: textOf(identifier) },
        ...{ title: textOf(title), url: textOf(url) },
      })),
    );
    const { hasNextPage, endCursor } = fieldsOf(connection.pageInfo);
    if (hasNextPage !== true) break;
    after = endCursor;
  }
  return found;
}

const historyQuery = `query History($id: String!, $first: Int!, $after: String) {
  issue(id: $id) {
    history(first: $first, after: $after) {
      nodes { toTitle actor { id } descriptionUpdatedBy { id } addedLabels { name } }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

async function editors(access: TrackerAccess, reference: TicketReference): Promise<string[]> {
  const found = new Set<string>();
  for (const { toTitle, actor, descriptionUpdatedBy } of await historyOf(access, reference)) {
    if (textOf(toTitle) !== "") found.add(textOf(fieldsOf(actor).id));
    for (const { id } of listOf(descriptionUpdatedBy)) found.add(textOf(id));
  }
  return [...found];
}

async function labellers(access: TrackerAccess, reference: TicketReference, label: string): Promise<string[]> {
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

const createComment = `mutation Comment($input: CommentCreateInput!) {
  commentCreate(input: $input) { success }
}`;
const deleteComment = `mutation Unsay($id: String!) {
  commentDelete(id: $id) { success }
}`;
const updateComment = `mutation Edit($id: String!, $input: CommentUpdateInput!) {
  commentUpdate(id: $id, input: $input) { success }
}`;

async function comment(access: TrackerAccess, { key }: TicketReference, marker: string, body: string): Promise<void> {
  const { issue, comments } = await commentsOf(access, key);
  const own = comments.find((each) => fieldsOf(each.user).isMe === true && textOf(each.body).includes(marker));
  if (own === undefined) {
    await send(access, createComment, { input: { issueId: issue, body } }, key);
  } else if (textOf(own.body).trim() !== body.trim()) {
    await send(access, updateComment, { id: textOf(own.id), input: { body } }, key);
  }
}

/** All who see a workspace belong to it. */
async function marked(access: TrackerAccess, { key }: TicketReference, marker: string): Promise<TicketComment[]> {
  const { comments } = await commentsOf(access, key);
  return comments
    .map(commentFrom)
    .filter(({ text }) => text.includes(marker))
    .sort(byAge);
}

async function say(access: TrackerAccess, { key }: TicketReference, body: string): Promise<void> {
  const { issue } = await commentsOf(access, key);
  await send(access, createComment, { input: { issueId: issue, body } }, key);
}

async function unsay(access: TrackerAccess, { key }: TicketReference, id: string): Promise<void> {
  await send(access, deleteComment, { id }, key);
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

function person(value: unknown): TicketPerson | undefined {
  const { id, displayName } = fieldsOf(value);
  return textOf(id) === "" ? undefined : { id: textOf(id), name: textOf(displayName) };
}

function nodesOf(connection: unknown): Fields[] {
  return listOf(fieldsOf(connection).nodes);
}
