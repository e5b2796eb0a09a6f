import type { TicketComment, TicketPerson, TicketReference } from "../../model/ticket.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../fields.ts";
import { byAge, type TrackerAccess } from "../tracker.ts";
import { fetchPage, hasNext, perPage, send, tryFetchPage } from "./call.ts";
import { partsOf, pathOf } from "./reference.ts";

/** The comments of the last page, and of the one before when that has few. */
export async function newestComments(
  access: TrackerAccess,
  reference: TicketReference,
  total: number,
): Promise<TicketComment[]> {
  const last = Math.ceil(total / perPage);
  const first = total % perPage < perPage / 2 ? Math.max(1, last - 1) : last;
  const pages = total === 0 ? [] : [...new Set([first, last])];
  const answers = await Promise.all(
    pages.map((page) =>
      fetchPage(access, `${pathOf(reference)}/comments?per_page=${perPage}&page=${page}`, reference.key),
    ),
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

/** Writes the comment of ours that has this marker, or edits it. */
export async function comment(
  access: TrackerAccess,
  reference: TicketReference,
  marker: string,
  text: string,
): Promise<void> {
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

/** The comments with this marker that people of the project, or we, have written, oldest first. */
export async function marked(
  access: TrackerAccess,
  reference: TicketReference,
  marker: string,
): Promise<TicketComment[]> {
  const self = await ownId(access);
  const found: TicketComment[] = [];
  for await (const each of commentsWith(access, reference, marker)) {
    if (ofProject.has(textOf(each.author_association)) || isOf(fieldsOf(each.user), self))
      found.push(commentFrom(each));
  }
  return found.sort(byAge);
}

/** Writes a comment. */
export async function say(access: TrackerAccess, reference: TicketReference, text: string): Promise<void> {
  await send(access, { method: "POST", url: `${pathOf(reference)}/comments`, body: { body: text } }, reference.key);
}

/** Deletes a comment. */
export async function unsay(access: TrackerAccess, reference: TicketReference, id: string): Promise<void> {
  const { owner, name } = partsOf(reference);
  const url = `/repos/${owner}/${name}/issues/comments/${encodeURIComponent(id)}`;
  await send(access, { method: "DELETE", url }, reference.key);
}

/** The id of the user that the token stands for; that of an app, as that of a workflow, is no user's. */
async function ownId(access: TrackerAccess): Promise<string | undefined> {
  const user = await tryFetchPage(access, "/user");
  return user.status === 200 ? textOf(fieldsOf(user.json).id) : undefined;
}

async function* commentsWith(
  access: TrackerAccess,
  reference: TicketReference,
  marker: string,
): AsyncGenerator<Fields> {
  for (let page = 1; ; page += 1) {
    const answer = await fetchPage(
      access,
      `${pathOf(reference)}/comments?per_page=${perPage}&page=${page}`,
      reference.key,
    );
    yield* listOf(answer.json).filter(({ body }) => textOf(body).includes(marker));
    if (!hasNext(answer)) return;
  }
}

function isOf(user: Fields, self: string | undefined): boolean {
  return self === undefined ? user.type === "Bot" : textOf(user.id) === self;
}

/** The person of a user as GitHub writes one; nobody for an account that is gone. */
export function person(value: unknown): TicketPerson | undefined {
  const { id, login } = fieldsOf(value);
  return textOf(id) === "" ? undefined : { id: textOf(id), name: textOf(login) };
}
