import { onTestFinished } from "bun:test";
import { graphqlSync } from "graphql";
import * as z from "zod";
import description from "../fixtures/forges/github.json" with { type: "json" };
import { githubSchema } from "./github-schema.ts";

/** A request that a forge got. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly token: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

type Json = Readonly<Record<string, unknown>>;
type Answer = { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> };

/** What answers instead of the forge, if it wants to. */
type Interceptor = (asked: Asked) => Answer | undefined;

/** A forge that remembers pull requests. */
export interface StandIn {
  readonly host: string;
  readonly url: string;
  /** Every request, in order. */
  readonly asked: Asked[];
  /** Pull requests by number; a test may change them, as somebody would on the forge. */
  readonly pulls: Map<number, Record<string, unknown>>;
  /** Repositories by their path. */
  readonly projects: Map<string, Record<string, unknown>>;
  intercept(interceptor: Interceptor): void;
}

interface Operation {
  readonly name: string;
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: unknown }[];
  readonly body?: unknown;
  readonly status: number;
  readonly example: unknown;
}

/**
 * A GitHub that takes a request only when its published description or schema does, and answers with the examples of that, changed to
 * what is there. `/api/v3` is where its operations are, and `/api/graphql` what only GraphQL can. It ends with the test.
 */
export function githubStandIn(tls?: { key: string; cert: string }): StandIn {
  const [projects, pulls] = [new Map<string, Record<string, unknown>>(), new Map<number, Record<string, unknown>>()];
  return standIn({ projects, pulls }, tls, "/api/v3", (asked) => {
    if (asked.path === "/api/graphql") return { status: 200, body: changeOfDraft(asked.body, pulls) };
    const operation = githubOperation(asked);
    if (operation === undefined) return { status: 404, body: { message: "Not Found" } };
    const mistakes = mistakesOf(operation, asked);
    if (mistakes !== "") return { status: 422, body: { message: `Invalid request: ${mistakes}` } };
    return githubAnswer(operation, asked, { projects, pulls });
  });
}

/** What the published description of GitHub does not allow of a request, also that there is no such operation; empty when it is right. */
export function githubMistakes(asked: Pick<Asked, "method" | "path" | "query" | "body">): string {
  const operation = githubOperation(asked);
  return operation === undefined ? "there is no such operation" : mistakesOf(operation, asked);
}

const operations = Object.entries(description.operations).map(([name, rest]) => ({ name, ...rest }) as Operation);

function githubOperation({ method, path }: Pick<Asked, "method" | "path">): Operation | undefined {
  return operations.find(({ name }) => {
    const [verb, pattern = ""] = name.split(" ");
    return verb === method && new RegExp(`^${pattern.replace(/\{[^}]+\}/g, "[^/]+")}$`).test(path);
  });
}

/** What the description does not allow of a request; empty when it is right. */
function mistakesOf({ parameters, body }: Operation, asked: Pick<Asked, "query" | "body">): string {
  const known = parameters.filter((parameter) => parameter.in === "query");
  const unknown = Object.keys(asked.query).filter((name) => known.every((parameter) => parameter.name !== name));
  const wrong = known.flatMap(({ name, schema }) => {
    const text = asked.query[name];
    if (text === undefined) return [];
    const value = (schema as Json).type === "integer" ? Number(text) : text;
    return problem(schema, value, name);
  });
  const allowed = Object.keys(((body as Json | undefined)?.properties ?? asked.body) as Json);
  const extra = Object.keys(asked.body).filter((name) => !allowed.includes(name));
  return [...unknown, ...wrong, ...extra, ...(body === undefined ? [] : problem(body, asked.body, "body"))].join("; ");
}

function problem(schema: unknown, value: unknown, name: string): string[] {
  const result = z.fromJSONSchema(schema as never, { defaultTarget: "openapi-3.0" }).safeParse(value);
  return result.success ? [] : [`${name}: ${z.prettifyError(result.error)}`];
}

interface Kept {
  readonly projects: Map<string, Record<string, unknown>>;
  readonly pulls: Map<number, Record<string, unknown>>;
}

function githubAnswer({ name, status, example }: Operation, asked: Asked, { projects, pulls }: Kept): Answer {
  const [, , owner = "", repo = "", , number] = asked.path.split("/");
  const into = `${owner}/${repo}`;
  const project = projects.get(into);
  if (project === undefined) return { status: 404, body: { message: "Not Found" } };
  if (name === "GET /repos/{owner}/{repo}") {
    return { status, body: { ...(example as Json), full_name: into, fork: false, parent: undefined, ...project } };
  }
  const found = pulls.get(Number(number));
  if (name === "GET /repos/{owner}/{repo}/pulls") {
    const rows = [...pulls.values()].filter((pull) => pull.into === into && pull.from === asked.query.head);
    return { status, body: rows.reverse() };
  }
  if (name === "POST /repos/{owner}/{repo}/pulls")
    return { status, body: open(example as Json, asked.body, into, pulls) };
  if (found === undefined) return { status: 404, body: { message: "Not Found" } };
  if (name.startsWith("PATCH")) Object.assign(found, asked.body);
  if (name.endsWith("/requested_reviewers")) found.reviewers = asked.body.reviewers;
  if (name.endsWith("/labels")) {
    found.labels = asked.body.labels;
    return { status, body: example };
  }
  return { status, body: found };
}

/** Draft or not is changed by GraphQL alone. */
function changeOfDraft({ query, variables }: Json, pulls: Kept["pulls"]): unknown {
  const change = (draft: boolean) => (parameters: { readonly input: { readonly pullRequestId: string } }) => {
    const pull = [...pulls.values()].find((each) => each.node_id === parameters.input.pullRequestId);
    if (pull === undefined) throw new Error("Could not resolve to a node");
    pull.draft = draft;
    return { pullRequest: { isDraft: draft } };
  };
  return graphqlSync({
    schema: githubSchema(),
    source: String(query),
    variableValues: variables as Json,
    rootValue: { convertPullRequestToDraft: change(true), markPullRequestReadyForReview: change(false) },
  });
}

function open(example: Json, body: Json, into: string, pulls: Kept["pulls"]): Json {
  const number = pulls.size + 1;
  const head = String(body.head);
  const from = head.includes(":") ? head : `${into.split("/")[0]}:${head}`;
  const pull = {
    ...example,
    ...{
      node_id: `PR_${number}`,
      number,
      into,
      from,
      title: body.title,
      body: body.body,
      draft: body.draft,
      state: "open",
      merged_at: null,
    },
    head: { ...(example.head as Json), ref: head.split(":").at(-1), sha: "0".repeat(40) },
    base: { ...(example.base as Json), ref: body.base },
    html_url: `https://forge.example.com/${into}/pull/${number}`,
  };
  pulls.set(number, pull);
  return pull;
}

/** A GitLab of its documented answers; there is no description of it that may be copied. `/api/v4` is where its operations are. */
export function gitlabStandIn(): StandIn {
  const [projects, pulls] = [new Map<string, Record<string, unknown>>(), new Map<number, Record<string, unknown>>()];
  return standIn({ projects, pulls }, undefined, "/api/v4", (asked) => {
    const { path, query } = asked;
    if (path === "/users") return { status: 200, body: [{ id: 7, username: query.username }] };
    const name = decodeURIComponent(path.split("/")[2] ?? "");
    const project = projects.get(name);
    if (project === undefined) return { status: 404, body: { message: "404 Project Not Found" } };
    const whole = { path_with_namespace: name, default_branch: "main", ...project };
    return path.split("/").length === 3 ? { status: 200, body: whole } : mergeRequests(asked, whole, pulls);
  });
}

function mergeRequests({ method, path, query, body }: Asked, project: Json, pulls: Kept["pulls"]): Answer {
  const number = path.split("/")[4];
  if (method === "POST") return { status: 201, body: openRequest(body, project, pulls) };
  if (number === undefined) {
    const rows = [...pulls.values()].filter(
      (pull) => pull.project_id === project.id && pull.source_branch === query.source_branch,
    );
    return { status: 200, body: rows };
  }
  const found = pulls.get(Number(number));
  if (found === undefined) return { status: 404, body: { message: "404 Not found" } };
  if (method === "PUT") {
    Object.assign(found, body);
    found.draft = String(found.title).startsWith("Draft: ");
  }
  return { status: 200, body: found };
}

function openRequest(body: Json, project: Json, pulls: Kept["pulls"]): Json {
  const iid = pulls.size + 1;
  const title = String(body.title);
  const pull = {
    ...{ iid, title, description: body.description, state: "opened", draft: title.startsWith("Draft: ") },
    ...{ project_id: body.target_project_id ?? project.id, source_project_id: project.id, sha: "0".repeat(40) },
    ...{ source_branch: body.source_branch, target_branch: body.target_branch },
    web_url: `https://forge.example.com/${project.path_with_namespace}/-/merge_requests/${iid}`,
  };
  pulls.set(iid, pull);
  return pull;
}

function standIn(
  kept: Kept,
  tls: { key: string; cert: string } | undefined,
  prefix: string,
  answer: (asked: Asked) => Answer,
): StandIn {
  const asked: Asked[] = [];
  const interceptors: Interceptor[] = [];
  const server = Bun.serve({
    port: 0,
    ...(tls === undefined ? {} : { tls }),
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      const text = await request.text();
      const one = {
        method: request.method,
        path: pathname.replace(prefix, ""),
        query: Object.fromEntries(searchParams),
        token: request.headers.get("authorization"),
        body: text === "" ? {} : JSON.parse(text),
      };
      asked.push(one);
      const said = interceptors.map((each) => each(one)).find((each) => each !== undefined) ?? answer(one);
      return Response.json(said.body, { status: said.status, headers: said.headers ?? {} });
    },
  });
  onTestFinished(() => server.stop(true));
  const host = `localhost:${server.port}`;
  const url = `${tls === undefined ? "http" : "https"}://${host}`;
  return { host, url, asked, ...kept, intercept: (interceptor) => interceptors.unshift(interceptor) };
}
