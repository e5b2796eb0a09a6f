import { FleetError } from "../../errors.ts";
import type { FoundTicket, RelatedTicket, Ticket, TicketReference } from "../../model/ticket.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../fields.ts";
import { type Tracker, type TrackerAccess, unexpected } from "../tracker.ts";
import { fetchPage, hasNext, perPage, send, service, tryFetchPage } from "./call.ts";
import { comment, marked, newestComments, person, say, unsay } from "./comments.ts";
import { editors } from "./editors.ts";
import { keyFrom, pathOf } from "./reference.ts";

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
  const issue = fieldsOf((await fetchPage(access, pathOf(reference), reference.key)).json);
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

/** Enterprise servers of before 2025 have no sub-issues, and say 404. */
async function relatedSubIssues(
  access: TrackerAccess,
  reference: TicketReference,
  issue: Fields,
): Promise<RelatedTicket[]> {
  if (Number(fieldsOf(issue.sub_issues_summary).total ?? 0) === 0) return [];
  const answer = await tryFetchPage(access, `${pathOf(reference)}/sub_issues?per_page=${perPage}`);
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
    const answer = await tryFetchPage(access, `${pathOf(reference)}/timeline?per_page=${perPage}&page=${page}`);
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
    const answer = await fetchPage(access, `/search/issues?${query}`, "what the query asks for");
    const items = listOf(fieldsOf(answer.json).items);
    found.push(
      ...items.map((item) => ({
        tracker: "github" as const,
        host: hostOf(item),
        key: keyFrom(item, emptyReference),
        title: textOf(item.title),
        url: textOf(item.html_url),
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

async function addLabel(access: TrackerAccess, reference: TicketReference, word: string): Promise<void> {
  const issue = fieldsOf((await fetchPage(access, pathOf(reference), reference.key)).json);
  if (labelsOf(issue).some((label) => label.toLowerCase() === word.toLowerCase())) return;
  await send(access, { method: "POST", url: `${pathOf(reference)}/labels`, body: { labels: [word] } }, reference.key);
}

function labelsOf(issue: Fields): string[] {
  const labels = Array.isArray(issue.labels) ? issue.labels : [];
  return labels.map((label) => (typeof label === "string" ? label : textOf(fieldsOf(label).name)));
}
