import { FleetError } from "../../errors.ts";
import type { RelatedTicket, Ticket, TicketReference } from "../../model/ticket.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../fields.ts";
import { type Tracker, unexpected } from "../tracker.ts";
import { get, type JiraAccess, perPage, send, service } from "./call.ts";
import { editors, labellers } from "./changes.ts";
import { comment, commentFrom, marked, say, unsay, written } from "./comments.ts";
import { person } from "./people.ts";
import { search } from "./search.ts";

/** Issues of Jira: those of Atlassian by version 3 of the REST interface, those of servers by version 2. */
export function jiraTracker(access: JiraAccess): Tracker {
  return {
    name: "jira",
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

function relatedFrom(kind: RelatedTicket["kind"], issue: Fields): RelatedTicket {
  const { summary, status } = fieldsOf(issue.fields);
  return { kind, key: textOf(issue.key), title: textOf(summary), state: textOf(fieldsOf(status).name) };
}

function linkFrom(link: Fields): RelatedTicket {
  return relatedFrom("link", fieldsOf(link.outwardIssue ?? link.inwardIssue));
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
