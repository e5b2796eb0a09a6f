import { graphql } from "graphql";
import { githubMistakes } from "./forge.ts";
import { githubSchema } from "./github-schema.ts";

interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** An issue as GitHub has it, and what belongs to it. */
export interface PlayedIssue {
  readonly title: string;
  readonly body: string | null;
  readonly state?: "open" | "closed";
  readonly labels?: string[];
  readonly comments?: { id: number; user: object; body: string; created_at: string }[];
  readonly pull_request?: object;
  readonly subIssues?: readonly object[];
  readonly timeline?: readonly object[];
  /** Who has changed its text and its title; `null` is somebody who is gone. */
  readonly edited?: readonly (number | null)[];
  readonly renamed?: readonly (number | null)[];
}

export const ann = { id: 101, login: "ann", type: "User" };
const self = { id: 900, login: "fleet-user", type: "User" };

/** What was asked of a played service. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Plays the REST interface of GitHub, as far as issues go, below a path such as `/api/v3`. */
export class PlayedGithub {
  readonly asked: Asked[] = [];
  /** By `owner/name#number`. */
  readonly issues = new Map<string, PlayedIssue>();
  /** What its webhook has sent, the newest first. */
  deliveries: object[] = [];
  /** The ids of those that it was asked to send again. */
  readonly sentAgain: number[] = [];
  /** Answers in place of the play, where it answers at all. */
  fault: (asked: Asked) => Response | undefined = () => undefined;
  readonly #base: string;
  readonly #token: string;
  #nextComment = 5000;

  constructor({ base = "", token = "secret-token" } = {}) {
    this.#base = base;
    this.#token = token;
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    const { method, headers } = request;
    const url = new URL(request.url);
    const text = await request.text();
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    const asked = { method, headers, body, path: url.pathname.slice(this.#base.length) + url.search };
    this.asked.push(asked);
    const fault = this.fault(asked);
    if (fault !== undefined) return fault;
    if (!url.pathname.startsWith(this.#base) && url.pathname !== "/api/graphql")
      return Response.json({ message: "Not Found" }, { status: 404 });
    if (headers.get("authorization") !== `Bearer ${this.#token}`) {
      return Response.json({ message: "Bad credentials" }, { status: 401 });
    }
    if (url.pathname.endsWith("/graphql")) return this.#edits(body as GraphqlRequest);
    const mistakes = githubMistakes({
      method,
      path: asked.path.replace(/\?.*/, ""),
      query: Object.fromEntries(url.searchParams),
      body: (body ?? {}) as object as Record<string, unknown>,
    });
    if (mistakes !== "") return Response.json({ message: `Invalid request: ${mistakes}` }, { status: 422 });
    return this.#answer(asked, url);
  };

  /** Who has changed a text is told by GraphQL alone. */
  async #edits({ query, variables }: GraphqlRequest): Promise<Response> {
    const person = (id: number | null) => (id === null ? null : { __typename: "User", databaseId: id });
    const repository = ({ owner, name }: { owner: string; name: string }) => ({
      issue: ({ number }: { number: number }) => {
        const issue = this.issues.get(`${owner}/${name}#${number}`);
        if (issue === undefined) throw new Error("Could not resolve to an Issue");
        const { edited = [], renamed = [] } = issue;
        return {
          userContentEdits: { totalCount: edited.length, nodes: edited.map((id) => ({ editor: person(id) })) },
          timelineItems: {
            totalCount: renamed.length,
            nodes: renamed.map((id) => ({ __typename: "RenamedTitleEvent", actor: person(id) })),
          },
        };
      },
    });
    const { data, errors } = await graphql({
      schema: githubSchema(),
      source: query,
      variableValues: variables,
      rootValue: { repository },
    });
    return Response.json({ data, ...(errors === undefined ? {} : { errors }) });
  }

  #answer({ method, body }: Asked, url: URL): Response {
    const path = url.pathname.slice(this.#base.length);
    if (path === "/user") return Response.json(self);
    if (path === "/search/issues") return this.#found(url);
    const hook = /^\/repos\/[^/]+\/[^/]+\/hooks(\/.*)?$/.exec(path);
    if (hook !== null) return this.#hook(hook[1] ?? "", url);
    const [, repository, rest = ""] = /^\/repos\/([^/]+\/[^/]+)\/issues\/(.*)$/.exec(path) ?? [];
    const [, comment] = /^comments\/(\d+)$/.exec(rest) ?? [];
    if (comment !== undefined && method === "DELETE") return this.#deleted(Number(comment));
    if (comment !== undefined) return this.#edited(Number(comment), body);
    const [, number, part] = /^(\d+)(?:\/(\w+))?$/.exec(rest) ?? [];
    const issue = this.issues.get(`${repository}#${number}`);
    if (issue === undefined) return Response.json({ message: "Not Found" }, { status: 404 });
    const { comments = [], labels = [], subIssues = [], timeline = [] } = issue;
    switch (`${method} ${part ?? ""}`) {
      case "GET ":
        return Response.json(this.#issue(`${repository}`, Number(number), issue, url));
      case "GET comments":
        return page(comments, url);
      case "GET sub_issues":
        return page(subIssues, url);
      case "GET timeline":
        return page(timeline, url);
      case "POST comments":
        comments.push({
          id: this.#nextComment++,
          user: self,
          body: (body as { body: string }).body,
          created_at: "2025-06-02T10:00:00Z",
        });
        return Response.json(comments.at(-1), { status: 201 });
      case "POST labels":
        labels.push(...(body as { labels: string[] }).labels);
        return Response.json(labels.map((name) => ({ name })));
      default:
        return Response.json({ message: "Not Found" }, { status: 404 });
    }
  }

  #hook(rest: string, url: URL): Response {
    const config = { url: "https://hooks.example.com/hooks/github", content_type: "json" };
    const other = { id: 2, active: true, events: ["*"], config: { url: "https://ci.example.com/" } };
    if (rest === "") return Response.json([{ ...other, id: 1, config }, other]);
    if (rest === "/1/deliveries") {
      const start = Number(url.searchParams.get("cursor") ?? 0);
      const next =
        start + 100 < this.deliveries.length
          ? { link: `<${url.origin}/x?per_page=100&cursor=${start + 100}>; rel="next"` }
          : {};
      return Response.json(this.deliveries.slice(start, start + 100), { headers: next as Record<string, string> });
    }
    const [, id] = /^\/1\/deliveries\/(\d+)\/attempts$/.exec(rest) ?? [];
    if (id === undefined) return Response.json({ message: "Not Found" }, { status: 404 });
    this.sentAgain.push(Number(id));
    return Response.json({}, { status: 202 });
  }

  #deleted(id: number): Response {
    for (const { comments = [] } of this.issues.values()) {
      const at = comments.findIndex((each) => each.id === id);
      if (at >= 0) comments.splice(at, 1);
    }
    return new Response(null, { status: 204 });
  }

  #edited(id: number, body: unknown): Response {
    const comment = [...this.issues.values()].flatMap(({ comments = [] }) => comments).find((each) => each.id === id);
    if (comment === undefined) return Response.json({ message: "Not Found" }, { status: 404 });
    if ((comment.user as typeof self).id !== self.id)
      return Response.json({ message: "Must have admin rights" }, { status: 403 });
    comment.body = (body as { body: string }).body;
    return Response.json(comment);
  }

  #found(url: URL): Response {
    const query = url.searchParams.get("q") ?? "";
    const label = /label:(\S+)/.exec(query)?.[1];
    const repository = /repo:(\S+)/.exec(query)?.[1];
    const items = [...this.issues]
      .filter(
        ([key, issue]) => key.startsWith(`${repository}#`) && (label === undefined || issue.labels?.includes(label)),
      )
      .map(([key, issue]) => this.#issue(`${repository}`, Number(key.split("#")[1]), issue, url));
    const size = Number(url.searchParams.get("per_page"));
    const at = (Number(url.searchParams.get("page")) - 1) * size;
    return Response.json({ total_count: items.length, incomplete_results: false, items: items.slice(at, at + size) });
  }

  #issue(repository: string, number: number, issue: PlayedIssue, url: URL) {
    const { title, body, state = "open", labels = [], comments = [], pull_request, subIssues = [] } = issue;
    return {
      id: 1000 + number,
      number,
      title,
      body,
      state,
      user: ann,
      labels: labels.map((name) => ({ id: 1, name })),
      comments: comments.length,
      author_association: "CONTRIBUTOR",
      html_url: `${url.origin}/${repository}/issues/${number}`,
      repository_url: `${url.origin}${this.#base}/repos/${repository}`,
      sub_issues_summary: { total: subIssues.length, completed: 0, percent_completed: 0 },
      ...(pull_request === undefined ? {} : { pull_request }),
    };
  }
}

/** A page of a list, with the link to the next. */
function page(items: readonly unknown[], url: URL): Response {
  const size = Number(url.searchParams.get("per_page") ?? 30);
  const number = Number(url.searchParams.get("page") ?? 1);
  const next = new URL(url);
  next.searchParams.set("page", `${number + 1}`);
  const hasNext = number * size < items.length;
  return Response.json(items.slice((number - 1) * size, number * size), {
    headers: hasNext ? { link: `<${next}>; rel="next"` } : {},
  });
}
