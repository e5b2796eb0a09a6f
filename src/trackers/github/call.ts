import type { HttpAnswer } from "../../system/http.ts";
import { fieldsOf, textOf } from "../fields.ts";
import { ask, refusal, type TrackerAccess, type TrackerRequest } from "../tracker.ts";

/** What the tracker is called in messages. */
export const service = "GitHub";
/** How to get another token, for messages. */
export function tokenHint({ wayToToken }: TrackerAccess): string {
  return `to log in, ${wayToToken}; see fleet help tickets`;
}
/** How many of a list are asked for at once. */
export const perPage = 100;

/** Whether a list goes on on another page. */
export function hasNext({ headers }: HttpAnswer): boolean {
  return /rel="next"/.test(headers.get("link") ?? "");
}

/** Asks GitHub for what is at a path. Throws FleetError for whatever is no success, naming what was asked for. */
export async function fetchPage(access: TrackerAccess, path: string, what: string): Promise<HttpAnswer> {
  return send(access, { method: "GET", url: path }, what);
}

/** Asks GitHub for what is at a path, whatever the answer. */
export async function tryFetchPage(access: TrackerAccess, path: string): Promise<HttpAnswer> {
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
  throw refusal(status, { service, what, access, tokenHint: tokenHint(access), words: words.join("\n") });
}

/** The request with the address and the headers that GitHub wants. */
export function withHeaders({ api, token }: TrackerAccess, { method, url, body }: TrackerRequest): TrackerRequest {
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
