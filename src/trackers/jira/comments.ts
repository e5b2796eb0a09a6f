import type { TicketComment, TicketReference } from "../../model/ticket.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../fields.ts";
import { byAge } from "../tracker.ts";
import { adfToMarkdown, markdownToAdf } from "./adf.ts";
import { get, isCloud, type JiraAccess, perPage, send } from "./call.ts";
import { person, personId } from "./people.ts";
import { markdownToWiki, wikiToMarkdown } from "./wiki.ts";

/** Writes our comment, or the one anew that has the marker and is of the same user. What says the same already is left alone. */
export async function comment(
  access: JiraAccess,
  { key }: TicketReference,
  marker: string,
  text: string,
): Promise<void> {
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

/** All comments that have a marker, the oldest first. */
export async function marked(access: JiraAccess, { key }: TicketReference, marker: string): Promise<TicketComment[]> {
  const found: TicketComment[] = [];
  for await (const each of commentsAt(access, commentsPath(key), key)) found.push(commentFrom(access, each));
  return found.filter(({ text }) => text.includes(marker)).sort(byAge);
}

/** Writes one comment more. */
export async function say(access: JiraAccess, { key }: TicketReference, text: string): Promise<void> {
  await send(access, { method: "POST", url: commentsPath(key), body: bodyOf(access, text) }, key);
}

/** Takes a comment away. */
export async function unsay(access: JiraAccess, { key }: TicketReference, id: string): Promise<void> {
  await send(access, { method: "DELETE", url: `${commentsPath(key)}/${encodeURIComponent(id)}` }, key);
}

function commentsPath(key: string): string {
  return `/issue/${encodeURIComponent(key)}/comment`;
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

/** A comment as Jira answers it. */
export function commentFrom(access: JiraAccess, { id, author, body, created }: Fields): TicketComment {
  return { id: textOf(id), author: person(author), text: written(access, body), at: textOf(created) };
}

/** A text as Markdown, whichever form this Jira writes it in. */
export function written(access: JiraAccess, text: unknown): string {
  if (typeof text !== "string") return adfToMarkdown(text);
  return isCloud(access) ? text : wikiToMarkdown(text);
}

function bodyOf(access: JiraAccess, text: string): { readonly body: unknown } {
  return { body: isCloud(access) ? markdownToAdf(text) : markdownToWiki(text) };
}
