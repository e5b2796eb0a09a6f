import { FleetError } from "../../errors.ts";
import type {
  FoundTicket,
  RelatedTicket,
  Ticket,
  TicketComment,
  TicketPerson,
  TicketReference,
} from "../../model/ticket.ts";
import type { HttpAnswer } from "../../system/http.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../fields.ts";
import {
  ask,
  byAge,
  refusal,
  type Tracker,
  type TrackerAccess,
  type TrackerRequest,
  tooManyEdits,
  unexpected,
} from "../tracker.ts";
import { adfToMarkdown, markdownToAdf } from "./adf.ts";
import { markdownToWiki, wikiToMarkdown } from "./wiki.ts";

const service = "Jira";
const perPage = 50;

/** How a Jira is reached: that of Atlassian with a user and a token of theirs, a server of one's own with a personal token alone. */
export interface JiraAccess extends TrackerAccess {
  /** Empty for a server. */
  readonly user: string;
}

/** Issues of Jira: those of Atlassian by version 3 of the REST interface, those of servers by version 2. */
export function jiraTracker(access: JiraAccess): Tracker {
  return {
    name: "jira",
    read: (reference) => read(access, reference),
    search: (query, limit) => (isCloud(access) ? searchCloud : searchServer)(access, query, limit),
    editors: (reference) => editors(access, reference),
    labellers: (reference, label) => labellers(access, reference, label),
    comment: (reference, marker, text) => comment(access, reference, marker, text),
    marked: (reference, marker) => marked(access, reference, marker),
    say: (reference, text) => say(access, reference, text),
    unsay: (reference, id) => unsay(access, reference, id),
    mark: (reference, word) => moveTo(access, reference, word),
  };
}

function isCloud({ user }: JiraAccess): boolean {
  return user !== "";
}

/** What is asked for of an issue. */
const wanted = "summary,description,status,creator,reporter,labels,subtasks,issuelinks,attachment";

async function read(access: JiraAccess, reference: TicketReference): Promise<Ticket> {
  const path = `/issue/${encodeURIComponent(reference.key)}`;
  const [answer, newest] = await Promise.all([
    get(access, `${path}?fields=${wanted}`, reference.key),
    get(access, `${path}/comment?orderBy=-created&maxResults=${perPage}`, reference.key),
  ]);
  const issue = fieldsOf(answer.json);
  const fields = fieldsOf(issue.fields);
  // An issue that was moved to another project is answered under its new key.
  const key = textOf(issue.key);
  if (key === "") throw unexpected(service, `the issue ${reference.key}`);
  const status = fieldsOf(fields.status);
  const comments = listOf(fieldsOf(newest.json).comments).map((each) => commentFrom(access, each));
  return {
    tracker: "jira",
    host: reference.host,
    key,
    url: `${access.api}/browse/${key}`,
    title: textOf(fields.summary),
    text: written(access, fields.description),
    // A reporter may be anybody whom the creator has named.
    author: person(fields.creator === undefined ? fields.reporter : fields.creator),
    state: textOf(status.name),
    isClosed: fieldsOf(status.statusCategory).key === "done",
    labels: Array.isArray(fields.labels) ? fields.labels.map(textOf) : [],
    comments: comments.sort((one, other) => one.at.localeCompare(other.at)),
    olderComments: Math.max(0, (Number(fieldsOf(newest.json).total) || 0) - comments.length),
    related: [
      ...listOf(fields.subtasks).map((each) => relatedFrom("sub-issue", each)),
      ...listOf(fields.issuelinks).map(linkFrom),
    ],
    attachments: listOf(fields.attachment).map((each) => ({ name: textOf(each.filename), url: textOf(each.content) })),
  };
}

function written(access: JiraAccess, text: unknown): string {
  if (typeof text !== "string") return adfToMarkdown(text);
  return isCloud(access) ? text : wikiToMarkdown(text);
}

function commentFrom(access: JiraAccess, { id, author, body, created }: Fields): TicketComment {
  return { id: textOf(id), author: person(author), text: written(access, body), at: textOf(created) };
}

function relatedFrom(kind: RelatedTicket["kind"], issue: Fields): RelatedTicket {
  const { summary, status } = fieldsOf(issue.fields);
  return { kind, key: textOf(issue.key), title: textOf(summary), state: textOf(fieldsOf(status).name) };
}

function linkFrom(link: Fields): RelatedTicket {
  return relatedFrom("link", fieldsOf(link.outwardIssue ?? link.inwardIssue));
}

async function searchCloud(access: JiraAccess, query: string, limit: number): Promise<FoundTicket[]> {
  const found: FoundTicket[] = [];
  let nextPageToken: unknown;
  while (found.length < limit) {
    const size = Math.min(perPage, limit - found.length);
    const page = nextPageToken === undefined ? {} : { nextPageToken };
    const body = { jql: query, maxResults: size, fields: ["summary"], ...page };
    const answer = await send(access, { method: "POST", url: "/search/jql", body }, "what the query asks for");
    const { issues, nextPageToken: next } = fieldsOf(answer.json);
    found.push(...listOf(issues).map((issue) => foundFrom(access, issue)));
    if (typeof next !== "string" || listOf(issues).length === 0) break;
    nextPageToken = next;
  }
  return found.slice(0, limit);
}

async function searchServer(access: JiraAccess, query: string, limit: number): Promise<FoundTicket[]> {
  const found: FoundTicket[] = [];
  while (found.length < limit) {
    const size = Math.min(perPage, limit - found.length);
    const body = { jql: query, startAt: found.length, maxResults: size, fields: ["summary"] };
    const answer = await send(access, { method: "POST", url: "/search", body }, "what the query asks for");
    const issues = listOf(fieldsOf(answer.json).issues);
    found.push(...issues.map((issue) => foundFrom(access, issue)));
    if (issues.length === 0 || found.length >= (Number(fieldsOf(answer.json).total) || 0)) break;
  }
  return found.slice(0, limit);
}

function foundFrom({ api }: JiraAccess, { key, fields }: Fields): FoundTicket {
  const found = { tracker: "jira" as const, host: URL.parse(api)?.host ?? "", key: textOf(key) };
  return { ...found, title: textOf(fieldsOf(fields).summary), url: `${api}/browse/${textOf(key)}` };
}

async function editors(access: JiraAccess, reference: TicketReference): Promise<string[]> {
  return changersOf(access, reference, ({ field }) => field === "summary" || field === "description");
}

/** Jira tells all labels before and after a change, with blanks between them. */
async function labellers(access: JiraAccess, reference: TicketReference, label: string): Promise<string[]> {
  const has = (labels: unknown) => textOf(labels).toLowerCase().split(" ").includes(label.toLowerCase());
  return changersOf(
    access,
    reference,
    ({ field, fromString: before, toString: after }) => field === "labels" && has(after) && !has(before),
  );
}

/** Who has made changes of a kind, by their ids. Throws FleetError when not all changes can be read. */
async function changersOf(
  access: JiraAccess,
  { key }: TicketReference,
  isMeant: (item: Fields) => boolean,
): Promise<string[]> {
  const path = `/issue/${encodeURIComponent(key)}?fields=summary&expand=changelog`;
  const log = fieldsOf(fieldsOf((await get(access, path, key)).json).changelog);
  const histories = listOf(log.histories);
  // Without the log nothing is known, and a part of it is not enough.
  if (log.histories === undefined || (Number(log.total) || 0) > histories.length) throw tooManyEdits(key);
  const changes = histories.filter(({ items }) => listOf(items).some(isMeant));
  return [...new Set(changes.map(({ author }) => personId(fieldsOf(author))))];
}

async function comment(access: JiraAccess, { key }: TicketReference, marker: string, text: string): Promise<void> {
  const path = commentsPath(key);
  const self = personId(fieldsOf((await get(access, "/myself", "your own name")).json));
  const own = await ownComment(
    access,
    path,
    key,
    (each) => personId(fieldsOf(each.author)) === self && written(access, each.body).includes(marker),
  );
  const body = bodyOf(access, text);
  if (own === undefined) {
    await send(access, { method: "POST", url: path, body }, key);
  } else if (written(access, own.body) !== written(access, body.body)) {
    await send(access, { method: "PUT", url: `${path}/${encodeURIComponent(textOf(own.id))}`, body }, key);
  }
}

async function ownComment(
  access: JiraAccess,
  path: string,
  key: string,
  isOwn: (comment: Fields) => boolean,
): Promise<Fields | undefined> {
  for await (const each of commentsAt(access, path, key)) if (isOwn(each)) return each;
  return undefined;
}

async function marked(access: JiraAccess, { key }: TicketReference, marker: string): Promise<TicketComment[]> {
  const found: TicketComment[] = [];
  for await (const each of commentsAt(access, commentsPath(key), key)) found.push(commentFrom(access, each));
  return found.filter(({ text }) => text.includes(marker)).sort(byAge);
}

async function say(access: JiraAccess, { key }: TicketReference, text: string): Promise<void> {
  await send(access, { method: "POST", url: commentsPath(key), body: bodyOf(access, text) }, key);
}

async function unsay(access: JiraAccess, { key }: TicketReference, id: string): Promise<void> {
  await send(access, { method: "DELETE", url: `${commentsPath(key)}/${encodeURIComponent(id)}` }, key);
}

function commentsPath(key: string): string {
  return `/issue/${encodeURIComponent(key)}/comment`;
}

function bodyOf(access: JiraAccess, text: string): { readonly body: unknown } {
  return { body: isCloud(access) ? markdownToAdf(text) : markdownToWiki(text) };
}

async function* commentsAt(access: JiraAccess, path: string, key: string): AsyncGenerator<Fields> {
  for (let startAt = 0; ; ) {
    const answer = fieldsOf((await get(access, `${path}?startAt=${startAt}&maxResults=${perPage}`, key)).json);
    const comments = listOf(answer.comments);
    yield* comments;
    startAt += comments.length;
    if (comments.length === 0 || startAt >= (Number(answer.total) || 0)) return;
  }
}

async function moveTo(access: JiraAccess, { key }: TicketReference, word: string): Promise<void> {
  const path = `/issue/${encodeURIComponent(key)}`;
  const issue = fieldsOf((await get(access, `${path}?fields=status`, key)).json);
  const isWanted = (status: unknown) => textOf(fieldsOf(status).name).toLowerCase() === word.toLowerCase();
  if (isWanted(fieldsOf(issue.fields).status)) return;
  const ways = listOf(fieldsOf((await get(access, `${path}/transitions`, key)).json).transitions);
  const way = ways.find(({ to }) => isWanted(to));
  if (way === undefined) {
    throw new FleetError("failed", `${key} cannot be moved to ${JSON.stringify(word)} from where it is`, {
      code: "no-such-state",
      output: ways.map(({ to }) => textOf(fieldsOf(to).name)).join("\n"),
      hint: "to name another state, run fleet config edit",
    });
  }
  await send(access, { method: "POST", url: `${path}/transitions`, body: { transition: { id: textOf(way.id) } } }, key);
}

function person(value: unknown): TicketPerson | undefined {
  const fields = fieldsOf(value);
  const id = personId(fields);
  return id === "" ? undefined : { id, name: textOf(fields.displayName) };
}

/** Servers have a key, and older ones only a name. */
function personId({ accountId, key, name }: Fields): string {
  return textOf(accountId) || textOf(key) || textOf(name);
}

function get(access: JiraAccess, path: string, what: string): Promise<HttpAnswer> {
  return send(access, { method: "GET", url: path }, what);
}

async function send(access: JiraAccess, { method, url, body }: TrackerRequest, what: string): Promise<HttpAnswer> {
  const { api, token, user } = access;
  const proof = user === "" ? `Bearer ${token}` : `Basic ${Buffer.from(`${user}:${token}`).toString("base64")}`;
  const headers = { accept: "application/json", ...(token === undefined ? {} : { authorization: proof }) };
  const address = `${api}/rest/api/${isCloud(access) ? 3 : 2}${url}`;
  const answer = await ask(access, service, { method, url: address, headers, ...(body === undefined ? {} : { body }) });
  const { status, json } = answer;
  if (status >= 200 && status < 300) return answer;
  const { errorMessages, errors, message } = fieldsOf(json);
  const words = [
    ...(Array.isArray(errorMessages) ? errorMessages.map(textOf) : []),
    ...Object.values(fieldsOf(errors)).map(textOf),
    textOf(message),
  ];
  throw refusal(status, {
    service,
    what,
    access,
    tokenHint: tokenHint(access),
    words: words.filter(Boolean).join("\n"),
  });
}

function tokenHint(access: JiraAccess): string {
  return isCloud(access)
    ? "to make a token, open https://id.atlassian.com/manage-profile/security/api-tokens, then export JIRA_API_TOKEN=..."
    : "to make a personal token, open your profile in Jira, then export JIRA_API_TOKEN=...; for Jira Cloud set jira_user with fleet config edit";
}
