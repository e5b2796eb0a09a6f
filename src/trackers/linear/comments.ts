import type { TicketComment, TicketReference } from "../../model/ticket.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../fields.ts";
import { byAge, type TrackerAccess } from "../tracker.ts";
import { mostPages, perPage, send } from "./call.ts";
import { person } from "./people.ts";

const commentsQuery = `query Comments($id: String!, $first: Int!, $after: String) {
  issue(id: $id) {
    id
    comments(first: $first, after: $after) {
      nodes { id body createdAt user { id displayName isMe } botActor { name } }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

const createComment = `mutation Comment($input: CommentCreateInput!) {
  commentCreate(input: $input) { success }
}`;

const updateComment = `mutation Edit($id: String!, $input: CommentUpdateInput!) {
  commentUpdate(id: $id, input: $input) { success }
}`;

const deleteComment = `mutation Unsay($id: String!) {
  commentDelete(id: $id) { success }
}`;

interface Comments {
  /** The id of the issue, which its key is not. */
  readonly issue: string;
  readonly comments: readonly Fields[];
  /** There are more of them, which are not read. */
  readonly more: boolean;
}

/** Writes our comment, or the one anew that has the marker and is of the same user. What says the same already is left alone. */
export async function comment(
  access: TrackerAccess,
  { key }: TicketReference,
  marker: string,
  body: string,
): Promise<void> {
  const { issue, comments } = await commentsOf(access, key);
  const own = comments.find((each) => fieldsOf(each.user).isMe === true && textOf(each.body).includes(marker));
  if (own === undefined) {
    await send(access, createComment, { input: { issueId: issue, body } }, key);
  } else if (textOf(own.body).trim() !== body.trim()) {
    await send(access, updateComment, { id: textOf(own.id), input: { body } }, key);
  }
}

/** All comments that have a marker, the oldest first: who sees a workspace belongs to it. */
export async function marked(
  access: TrackerAccess,
  { key }: TicketReference,
  marker: string,
): Promise<TicketComment[]> {
  const { comments } = await commentsOf(access, key);
  return comments
    .map(commentFrom)
    .filter(({ text }) => text.includes(marker))
    .sort(byAge);
}

/** Writes one comment more. */
export async function say(access: TrackerAccess, { key }: TicketReference, body: string): Promise<void> {
  const { issue } = await commentsOf(access, key);
  await send(access, createComment, { input: { issueId: issue, body } }, key);
}

/** Takes a comment away. */
export async function unsay(access: TrackerAccess, { key }: TicketReference, id: string): Promise<void> {
  await send(access, deleteComment, { id }, key);
}

/** The comments of an issue, as far as they are read. */
export async function commentsOf(access: TrackerAccess, key: string): Promise<Comments> {
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

/** A comment as Linear answers it. */
export function commentFrom({ id, body, createdAt, user, botActor }: Fields): TicketComment {
  const bot = textOf(fieldsOf(botActor).name);
  return {
    id: textOf(id),
    author: person(user) ?? (bot === "" ? undefined : { id: "", name: bot }),
    text: textOf(body),
    at: textOf(createdAt),
  };
}
