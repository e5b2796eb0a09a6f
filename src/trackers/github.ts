import { FleetError } from "../errors.ts";
import type {
  FoundTicket,
  RelatedTicket,
  Ticket,
  TicketComment,
  TicketPerson,
  TicketReference,
} from "../model/ticket.ts";
import { githubGraphqlAddress } from "../system/github.ts";
import type { HttpAnswer } from "../system/http.ts";
import { type Fields, fieldsOf, listOf, textOf } from "./fields.ts";
import {
  ask,
  byAge,
  refusal,
  type Tracker,
  type TrackerAccess,
  type TrackerRequest,
  tooManyEdits,
  unexpected,
} from "./tracker.ts";

const service = "GitHub";
const tokenHint = "to log in, run gh auth login, or export GITHUB_TOKEN=...; see fleet help tickets";
const perPage = 100;
/** GitHub finds no more than this with one search. */
const mostFound = 1000;
const mostTimelinePages = 3;

/** Issues of GitHub and GitHub Enterprise by their REST interface, of the version that both speak. */
export function githubTracker(access: TrackerAccess, repository: string | undefined): Tracker {
  return {
    name: "github",
    read: (reference) => read(access, reference),
    search: (query, limit) => search(access, repository, query, limit),
    editors: (reference) => editors(access, reference),
    comment: (reference, marker, text) => comment(access, reference, marker, text),
    marked: (reference, marker) => marked(access, reference, marker),
    say: (reference, text) => say(access, reference, text),
    unsay: (reference, id) => unsay(access, reference, id),
    mark: (reference, word) => addLabel(access, reference, word),
  };
}

async function read(access: TrackerAccess, reference: TicketReference): Promise<Ticket> {
  const issue = fieldsOf((await get(access, pathOf(reference), reference.key)).json);
  if (textOf(issue.number) === "") throw unexpected(service, `the issue ${reference.key}`);
  if (issue.pull_request !== undefined) {
    throw new FleetError("failed", `${reference.key} is a pull request, not an issue`, {
      code: "not-a-ticket",
      hint: "to work on its branch, run fleet create BRANCH",
    });
  }
  const total = Number(issue.comments ?? 0);
  const [comments, subIssues, pullRequests] = await Promise.all([
    newestComments(access, reference, total),
    relatedSubIssues(access, reference, issue),
    relatedPullRequests(access, reference),
  ]);
  return {
    ...reference,
    key: keyFrom(issue, reference),
    url: textOf(issue.html_url),
    title: textOf(issue.title),
    text: textOf(issue.body),
    author: person(issue.user),
    state: textOf(issue.state),
    isClosed: issue.state === "closed",
    labels: labelsOf(issue),
    comments,
    olderComments: Math.max(0, total - comments.length),
    related: [...subIssues, ...pullRequests],
    attachments: [],
  };
}

/** An issue that was moved is answered under the name that it has now. */
function keyFrom(issue: Fields, reference: TicketReference): string {
  const [, repository] = /\/repos\/([^/]+\/[^/]+)$/.exec(textOf(issue.repository_url)) ?? [];
  return repository === undefined ? reference.key : `${repository}#${textOf(issue.number)}`;
}

/** The comments of the last page, and of the one before when that has few. */
async function newestComments(
  access: TrackerAccess,
  reference: TicketReference,
  total: number,
): Promise<TicketComment[]> {
  const last = Math.ceil(total / perPage);
  const first = total % perPage < perPage / 2 ? Math.max(1, last - 1) : last;
  const pages = total === 0 ? [] : [...new Set([first, last])];
  const answers = await Promise.all(
    pages.map((page) => get(access, `${pathOf(reference)}/comments?per_page=${perPage}&page=${page}`, reference.key)),
  );
  return answers.flatMap(({ json }) => listOf(json)).map(commentFrom);
}

function commentFrom(comment: Fields): TicketComment {
  return {
    id: textOf(comment.id),
    author: person(comment.user),
    text: textOf(comment.body),
    at: textOf(comment.created_at),
  };
}

/** Enterprise servers of before 2025 have no sub-issues, and say 404. */
async function relatedSubIssues(
  access: TrackerAccess,
  reference: TicketReference,
  issue: Fields,
): Promise<RelatedTicket[]> {
  if (Number(fieldsOf(issue.sub_issues_summary).total ?? 0) === 0) return [];
  const answer = await tryGet(access, `${pathOf(reference)}/sub_issues?per_page=${perPage}`);
  if (answer.status !== 200) return [];
  return listOf(answer.json).map((each) => ({
    kind: "sub-issue",
    key: keyFrom(each, reference),
    title: textOf(each.title),
    state: textOf(each.state),
  }));
}

async function relatedPullRequests(access: TrackerAccess, reference: TicketReference): Promise<RelatedTicket[]> {
  const found = new Map<string, RelatedTicket>();
  for (let page = 1; page <= mostTimelinePages; page += 1) {
    const answer = await tryGet(access, `${pathOf(reference)}/timeline?per_page=${perPage}&page=${page}`);
    if (answer.status !== 200) break;
    for (const event of listOf(answer.json)) {
      const source = fieldsOf(fieldsOf(event.source).issue);
      if (event.event !== "cross-referenced" || source.pull_request === undefined) continue;
      const key = keyFrom(source, reference);
      found.set(key, { kind: "pull request", key, title: textOf(source.title), state: textOf(source.state) });
    }
    if (!hasNext(answer)) break;
  }
  return [...found.values()];
}

async function search(
  access: TrackerAccess,
  repository: string | undefined,
  query: string,
  limit: number,
): Promise<FoundTicket[]> {
  const words = [
    query,
    ...(/(?:^|\s)is:issue\b/.test(query) ? [] : ["is:issue"]),
    ...(/(?:^|\s)(?:repo|org|user):/.test(query) || repository === undefined ? [] : [`repo:${repository}`]),
  ].join(" ");
  const found: FoundTicket[] = [];
  for (let page = 1; found.length < Math.min(limit, mostFound); page += 1) {
    const size = Math.min(perPage, limit);
    const query = new URLSearchParams({ q: words, per_page: `${size}`, page: `${page}` });
    const answer = await get(access, `/search/issues?${query}`, "what the query asks for");
    const items = listOf(fieldsOf(answer.json).items);
    found.push(
      ...items.map((item) => ({
        ...{ tracker: "github" as const, host: hostOf(item), key: keyFrom(item, emptyReference) },
        ...{ title: textOf(item.title), url: textOf(item.html_url) },
      })),
    );
    if (items.length < size) break;
  }
  return found.slice(0, limit);
}

const emptyReference: TicketReference = { tracker: "github", host: "", key: "" };

function hostOf(issue: Fields): string {
  return URL.parse(textOf(issue.html_url))?.host ?? "";
}

/** Only GraphQL tells who has changed a text. */
const editsQuery = `query Edits($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      userContentEdits(first: 100) { totalCount nodes { editor { __typename ... on User { databaseId } ... on Bot { databaseId } } } }
      timelineItems(first: 100, itemTypes: [RENAMED_TITLE_EVENT]) {
        totalCount
        nodes { ... on RenamedTitleEvent { actor { __typename ... on User { databaseId } ... on Bot { databaseId } } } }
      }
    }
  }
}`;

async function editors(access: TrackerAccess, reference: TicketReference): Promise<string[]> {
  const { owner, name, number } = partsOf(reference);
  const variables = { owner, name, number: Number(number) };
  const url = githubGraphqlAddress(access.api);
  const { headers = {} } = withHeaders(access, { method: "POST", url: "" });
  const answer = await ask(access, service, { method: "POST", url, headers, body: { query: editsQuery, variables } });
  const what = `who has changed ${reference.key}`;
  const { data, errors } = fieldsOf(answer.json);
  const words = [textOf(fieldsOf(answer.json).message), ...listOf(errors).map(({ message }) => textOf(message))];
  if (answer.status !== 200)
    throw refusal(answer.status, { service, what, access, tokenHint, words: words.join("\n") });
  const issue = fieldsOf(fieldsOf(fieldsOf(data).repository).issue);
  if (listOf(errors).length > 0 || issue.userContentEdits === undefined)
    throw refusal(404, { service, what, access, tokenHint, words: "" });
  const [edits, renames] = [fieldsOf(issue.userContentEdits), fieldsOf(issue.timelineItems)];
  if (Number(edits.totalCount) > 100 || Number(renames.totalCount) > 100) throw tooManyEdits(reference.key);
  const people = [
    ...listOf(edits.nodes).map(({ editor }) => editor),
    ...listOf(renames.nodes).map(({ actor }) => actor),
  ];
  return [...new Set(people.map((each) => textOf(fieldsOf(each).databaseId)))];
}

async function comment(access: TrackerAccess, reference: TicketReference, marker: string, text: string): Promise<void> {
  const own = await ownComment(access, reference, marker);
  if (own === undefined) {
    await say(access, reference, text);
  } else if (own.text !== text) {
    const { owner, name } = partsOf(reference);
    const url = `/repos/${owner}/${name}/issues/comments/${own.id}`;
    await send(access, { method: "PATCH", url, body: { body: text } }, reference.key);
  }
}

/** A marker proves nothing, for everybody may write one: the comment must be of the user that the token stands for. */
async function ownComment(
  access: TrackerAccess,
  reference: TicketReference,
  marker: string,
): Promise<TicketComment | undefined> {
  const self = await ownId(access);
  for await (const each of commentsWith(access, reference, marker)) {
    if (isOf(fieldsOf(each.user), self)) return commentFrom(each);
  }
  return undefined;
}

/** What somebody is to a project who may write to it. */
const ofProject = new Set(["OWNER", "MEMBER", "COLLABORATOR"]);

async function marked(access: TrackerAccess, reference: TicketReference, marker: string): Promise<TicketComment[]> {
  const self = await ownId(access);
  const found: TicketComment[] = [];
  for await (const each of commentsWith(access, reference, marker)) {
    if (ofProject.has(textOf(each.author_association)) || isOf(fieldsOf(each.user), self))
      found.push(commentFrom(each));
  }
  return found.sort(byAge);
}

async function say(access: TrackerAccess, reference: TicketReference, text: string): Promise<void> {
  await send(access, { method: "POST", url: `${pathOf(reference)}/comments`, body: { body: text } }, reference.key);
}

async function unsay(access: TrackerAccess, reference: TicketReference, id: string): Promise<void> {
  const { owner, name } = partsOf(reference);
  const url = `/repos/${owner}/${name}/issues/comments/${encodeURIComponent(id)}`;
  await send(access, { method: "DELETE", url }, reference.key);
}

/** The id of the user that the token stands for; that of an app, as that of a workflow, is no user's. */
async function ownId(access: TrackerAccess): Promise<string | undefined> {
  const user = await tryGet(access, "/user");
  return user.status === 200 ? textOf(fieldsOf(user.json).id) : undefined;
}

async function* commentsWith(
  access: TrackerAccess,
  reference: TicketReference,
  marker: string,
): AsyncGenerator<Fields> {
  for (let page = 1; ; page += 1) {
    const answer = await get(access, `${pathOf(reference)}/comments?per_page=${perPage}&page=${page}`, reference.key);
    yield* listOf(answer.json).filter(({ body }) => textOf(body).includes(marker));
    if (!hasNext(answer)) return;
  }
}

function isOf(user: Fields, self: string | undefined): boolean {
  return self === undefined ? user.type === "Bot" : textOf(user.id) === self;
}

async function addLabel(access: TrackerAccess, reference: TicketReference, word: string): Promise<void> {
  const issue = fieldsOf((await get(access, pathOf(reference), reference.key)).json);
  if (labelsOf(issue).some((label) => label.toLowerCase() === word.toLowerCase())) return;
  await send(access, { method: "POST", url: `${pathOf(reference)}/labels`, body: { labels: [word] } }, reference.key);
}

function labelsOf(issue: Fields): string[] {
  const labels = Array.isArray(issue.labels) ? issue.labels : [];
  return labels.map((label) => (typeof label === "string" ? label : textOf(fieldsOf(label).name)));
}

function person(value: unknown): TicketPerson | undefined {
  const { id, login } = fieldsOf(value);
  return textOf(id) === "" ? undefined : { id: textOf(id), name: textOf(login) };
}

function partsOf({ key }: TicketReference): { readonly owner: string; readonly name: string; readonly number: string } {
  const [, owner = "", name = "", number = ""] = /^([^/]+)\/([^#]+)#(\d+)$/.exec(key) ?? [];
  return { owner: encodeURIComponent(owner), name: encodeURIComponent(name), number };
}

function pathOf(reference: TicketReference): string {
  const { owner, name, number } = partsOf(reference);
  return `/repos/${owner}/${name}/issues/${number}`;
}

/** Whether a list goes on on another page. */
export function hasNext({ headers }: HttpAnswer): boolean {
  return /rel="next"/.test(headers.get("link") ?? "");
}

async function get(access: TrackerAccess, path: string, what: string): Promise<HttpAnswer> {
  return send(access, { method: "GET", url: path }, what);
}

async function tryGet(access: TrackerAccess, path: string): Promise<HttpAnswer> {
  return ask(access, service, withHeaders(access, { method: "GET", url: path }));
}

/** Asks GitHub for what is below its address. Throws FleetError for whatever is no success, naming what was asked for. */
export async function send(access: TrackerAccess, request: TrackerRequest, what: string): Promise<HttpAnswer> {
  const answer = await ask(access, service, withHeaders(access, request));
  const { status, json, headers } = answer;
  if (status >= 200 && status < 300) return answer;
  const sso = /url=(https:\/\/\S+)/.exec(headers.get("x-github-sso") ?? "")?.[1];
  const words = [
    textOf(fieldsOf(json).message),
    ...(sso === undefined ? [] : [`the organisation wants single sign-on: ${sso}`]),
  ];
  throw refusal(status, { service, what, access, tokenHint, words: words.join("\n") });
}

function withHeaders({ api, token }: TrackerAccess, { method, url, body }: TrackerRequest): TrackerRequest {
  return {
    method,
    url: `${api}${url}`,
    headers: {
      accept: "application/vnd.github+json",
      "x-github-api-version": "2022-11-28",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body }),
  };
}
