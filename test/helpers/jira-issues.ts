/** An issue as Jira has it, and what belongs to it. */
export interface PlayedJiraIssue {
  readonly summary: string;
  /** A document for Atlassian's, a text for a server. */
  readonly description?: unknown;
  status?: string;
  readonly labels?: readonly string[];
  readonly comments?: { id: string; author: object; body: unknown; created: string }[];
  readonly subtasks?: readonly object[];
  readonly issuelinks?: readonly object[];
  readonly attachment?: readonly object[];
  readonly histories?: readonly { readonly author: object; readonly items: readonly { readonly field: string }[] }[];
  /** More than there are here. */
  readonly moreHistories?: number;
}

const states: Readonly<Record<string, string>> = { "To Do": "new", "In Progress": "indeterminate", Done: "done" };

/** Plays the REST interface of Jira: version 3 of Atlassian's with `user`, version 2 of a server without. */
export class PlayedJira {
  readonly issues = new Map<string, PlayedJiraIssue>();
  readonly asked: { readonly method: string; readonly path: string; readonly body: unknown }[] = [];
  /** Answers in place of the play, where it answers at all. */
  fault: () => Response | undefined = () => undefined;
  readonly #user: string;

  constructor(user: string) {
    this.#user = user;
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const text = await request.text();
    const body = text === "" ? undefined : JSON.parse(text);
    const base = `/rest/api/${this.#user === "" ? 2 : 3}`;
    const path = url.pathname.slice(base.length);
    this.asked.push({ method: request.method, path: path + url.search, body });
    const fault = this.fault();
    if (fault !== undefined) return fault;
    const proof = this.#user === "" ? "Bearer secret-token" : `Basic ${btoa(`${this.#user}:secret-token`)}`;
    if (request.headers.get("authorization") !== proof)
      return refused("Client must be authenticated to access this resource.", 401);
    if (!url.pathname.startsWith(base)) return refused("null for uri", 404);
    if (path === "/myself") return Response.json(this.#person("fleet"));
    if (path === "/search/jql" && this.#user !== "") return this.#foundByToken(body);
    if (path === "/search" && this.#user === "") return this.#foundByNumber(body);
    return this.#answer(request.method, path, url, body);
  };

  #answer(method: string, path: string, url: URL, body: Record<string, unknown>): Response {
    const [, key = "", part = "", id] = /^\/issue\/([A-Z]+-\d+)(?:\/(\w+)(?:\/(\d+))?)?$/.exec(path) ?? [];
    const issue = this.issues.get(key);
    if (issue === undefined) return refused("Issue does not exist or you do not have permission to see it.", 404);
    const { comments = [] } = issue;
    switch (`${method} ${part}`) {
      case "GET ":
        return Response.json({
          ...this.#issue(key, issue),
          ...(url.searchParams.get("expand") === "changelog" ? { changelog: changelogOf(issue) } : {}),
        });
      case "GET comment": {
        const start = Number(url.searchParams.get("startAt") ?? 0);
        const size = Number(url.searchParams.get("maxResults") ?? 50);
        const sorted = url.searchParams.get("orderBy") === "-created" ? comments.toReversed() : comments;
        return Response.json({
          startAt: start,
          maxResults: size,
          total: comments.length,
          comments: sorted.slice(start, start + size),
        });
      }
      case "POST comment":
        comments.push({
          id: `${comments.length + 1}`,
          author: this.#person("fleet"),
          body: body.body,
          created: "2025-06-03T00:00:00.000+0000",
        });
        return Response.json(comments.at(-1), { status: 201 });
      case "PUT comment": {
        const comment = comments.find((each) => each.id === id);
        if (comment !== undefined) comment.body = body.body;
        return Response.json(comment);
      }
      case "DELETE comment": {
        comments.splice(
          comments.findIndex((each) => each.id === id),
          1,
        );
        return new Response(null, { status: 204 });
      }
      case "GET transitions":
        return Response.json({
          transitions: Object.keys(states).map((name, index) => ({ id: `${index}`, name: `to ${name}`, to: { name } })),
        });
      case "POST transitions":
        issue.status = Object.keys(states)[Number((body.transition as { id: string }).id)] ?? "";
        return new Response(null, { status: 204 });
      default:
        return refused("no", 405);
    }
  }

  #foundByToken({ maxResults, nextPageToken = "0" }: { maxResults: number; nextPageToken?: string }): Response {
    const start = Number(nextPageToken);
    const keys = [...this.issues.keys()];
    const end = start + maxResults;
    const more = end < keys.length ? { nextPageToken: `${end}` } : {};
    return Response.json({
      issues: keys
        .slice(start, end)
        .map((key) => ({ id: key, key, fields: { summary: this.issues.get(key)?.summary } })),
      isLast: end >= keys.length,
      ...more,
    });
  }

  #foundByNumber({ startAt, maxResults }: { startAt: number; maxResults: number }): Response {
    const keys = [...this.issues.keys()];
    const issues = keys
      .slice(startAt, startAt + maxResults)
      .map((key) => ({ id: key, key, fields: { summary: this.issues.get(key)?.summary } }));
    return Response.json({ startAt, maxResults, total: keys.length, issues });
  }

  #issue(key: string, issue: PlayedJiraIssue) {
    const {
      summary,
      description = null,
      status = "To Do",
      labels = [],
      subtasks = [],
      issuelinks = [],
      attachment = [],
    } = issue;
    const named = { name: status, statusCategory: { key: states[status] } };
    return {
      id: "1",
      key,
      fields: {
        summary,
        description,
        status: named,
        reporter: this.#person("ann"),
        labels,
        subtasks,
        issuelinks,
        attachment,
      },
    };
  }

  #person(name: string): object {
    return this.#user === ""
      ? { key: `JIRAUSER-${name}`, name, displayName: name }
      : { accountId: `id-${name}`, displayName: name };
  }
}

function changelogOf({ histories = [], moreHistories = 0 }: PlayedJiraIssue): object {
  return { startAt: 0, maxResults: histories.length, total: histories.length + moreHistories, histories };
}

function refused(message: string, status: number): Response {
  return Response.json({ errorMessages: [message], errors: {} }, { status });
}
