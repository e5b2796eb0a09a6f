import { graphql } from "graphql";
import { linearSchema } from "./linear-schema.ts";

let schema: ReturnType<typeof linearSchema> | undefined;

interface PlayedComment {
  readonly id: string;
  body: string;
  readonly createdAt: string;
  readonly user: { readonly id: string; readonly displayName: string; readonly isMe: boolean } | null;
  readonly botActor?: { readonly name: string };
}

export interface PlayedLinearIssue {
  readonly title: string;
  readonly description?: string | null;
  state?: { readonly id: string; readonly name: string; readonly type: string };
  readonly labels?: readonly string[];
  readonly comments?: PlayedComment[];
  readonly children?: readonly object[];
  readonly attachments?: readonly object[];
  readonly history?: readonly object[];
}

export const linearStates = [
  { id: "s1", name: "Todo", type: "unstarted" },
  { id: "s2", name: "In Progress", type: "started" },
  { id: "s3", name: "Done", type: "completed" },
] as const;

const self = { id: "u9", displayName: "fleet", isMe: true };

/** Plays Linear by its own schema: what it would not understand is refused as it would refuse it. */
export class PlayedLinear {
  readonly issues = new Map<string, PlayedLinearIssue>();
  readonly filters: unknown[] = [];
  readonly written: string[] = [];
  /** Answers in place of the play, where it answers at all. */
  fault: () => Response | undefined = () => undefined;

  readonly fetch = async (request: Request): Promise<Response> => {
    const { query, variables } = (await request.json()) as { query: string; variables: Record<string, unknown> };
    const fault = this.fault();
    if (fault !== undefined) return fault;
    if (request.headers.get("authorization") !== "lin_api_secret")
      return linearError("Authentication required", "AUTHENTICATION_ERROR", 401);
    schema ??= linearSchema();
    const result = await graphql({ schema, source: query, variableValues: variables, rootValue: this.#root });
    const unknown = result.errors?.some(({ path }) => path === undefined) === true;
    const errors = result.errors?.map(({ message }) => ({
      message,
      extensions: { code: "INPUT_ERROR", type: "invalid input" },
    }));
    return Response.json(
      { ...(errors === undefined ? {} : { errors }), data: result.data ?? null },
      { status: unknown ? 400 : 200 },
    );
  };

  readonly #root = {
    issue: ({ id }: { id: string }) => this.#issue(id),
    issues: ({ filter, first, after }: { filter: unknown; first: number; after: string | null }) => {
      this.filters.push(filter);
      return page(
        [...this.issues.keys()].map((key) => this.#issue(key)),
        first,
        after,
      );
    },
    commentCreate: ({ input }: { input: { issueId: string; body: string } }) => {
      this.written.push(`create ${input.body}`);
      const { comments } = this.#found(input.issueId.replace(/^id of /, ""));
      comments?.push({ id: `c${comments.length}`, body: input.body, createdAt: "2025-06-03T00:00:00Z", user: self });
      return { success: true };
    },
    commentUpdate: ({ id, input }: { id: string; input: { body: string } }) => {
      this.written.push(`update ${input.body}`);
      const comment = [...this.issues.values()].flatMap(({ comments = [] }) => comments).find((each) => each.id === id);
      if (comment !== undefined) comment.body = input.body;
      return { success: true };
    },
    commentDelete: ({ id }: { id: string }) => {
      this.written.push(`delete ${id}`);
      for (const { comments = [] } of this.issues.values()) {
        const at = comments.findIndex((each) => each.id === id);
        if (at >= 0) comments.splice(at, 1);
      }
      return { success: true };
    },
    issueUpdate: ({ id, input }: { id: string; input: { stateId: string } }) => {
      this.written.push(`move ${input.stateId}`);
      this.#found(id.replace(/^id of /, "")).state =
        linearStates.find((state) => state.id === input.stateId) ?? linearStates[0];
      return { success: true };
    },
  };

  #found(key: string): PlayedLinearIssue {
    const issue = this.issues.get(key);
    if (issue === undefined) throw new Error("Entity not found: Issue");
    return issue;
  }

  #issue(key: string) {
    const {
      title,
      description = null,
      state = linearStates[0],
      labels = [],
      comments = [],
      children = [],
      attachments = [],
      history = [],
    } = this.#found(key);
    return {
      ...{ id: `id of ${key}`, identifier: key, title, description, state },
      url: `https://linear.app/acme/issue/${key}/x`,
      creator: { id: "u1", displayName: "ann" },
      labels: { nodes: labels.map((name) => ({ name })) },
      // The newest first, as Linear sorts.
      comments: ({ first, after }: { first: number; after: string | null }) =>
        page(comments.toReversed(), first, after),
      children: { nodes: children },
      attachments: { nodes: attachments },
      history: ({ first, after }: { first: number; after: string | null }) => page(history, first, after),
      team: { states: { nodes: linearStates } },
    };
  }
}

/** An error as Linear answers it. */
export function linearError(
  message: string,
  code: string,
  status: number,
  headers: Record<string, string> = {},
): Response {
  const extensions = { code, type: code.toLowerCase().replaceAll("_", " "), userPresentableMessage: message };
  return Response.json({ errors: [{ message, extensions }] }, { status, headers });
}

function page(items: readonly object[], first: number, after: string | null) {
  const start = after === null ? 0 : Number(after);
  const end = Math.min(items.length, start + first);
  return { nodes: items.slice(start, end), pageInfo: { hasNextPage: end < items.length, endCursor: `${end}` } };
}
