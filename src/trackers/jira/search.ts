import type { FoundTicket } from "../../model/ticket.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../fields.ts";
import { isCloud, type JiraAccess, perPage, send } from "./call.ts";

/** The tickets that a query in JQL finds, at most so many, in its order. */
export function search(access: JiraAccess, query: string, limit: number): Promise<FoundTicket[]> {
  return (isCloud(access) ? searchCloud : searchServer)(access, query, limit);
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
