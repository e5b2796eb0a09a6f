import type { HttpAnswer } from "../../system/http.ts";
import { fieldsOf, textOf } from "../fields.ts";
import { ask, refusal, type TrackerAccess, type TrackerRequest } from "../tracker.ts";

/** What the tracker is called in messages. */
export const service = "Jira";

/** How many of a kind are asked for at once. */
export const perPage = 50;

/** How a Jira is reached: that of Atlassian with a user and a token of theirs, a server of one's own with a personal token alone. */
export interface JiraAccess extends TrackerAccess {
  /** Empty for a server. */
  readonly user: string;
}

/** Whether it is a Jira of Atlassian: another version of the interface, other texts, other pages. */
export function isCloud({ user }: JiraAccess): boolean {
  return user !== "";
}

/** Reads what is at a path. Throws FleetError for whatever is no success, naming what was asked for. */
export function get(access: JiraAccess, path: string, what: string): Promise<HttpAnswer> {
  return send(access, { method: "GET", url: path }, what);
}

/** Asks Jira. Throws FleetError for whatever is no success, naming what was asked for. */
export async function send(
  access: JiraAccess,
  { method, url, body }: TrackerRequest,
  what: string,
): Promise<HttpAnswer> {
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
