import * as z from "zod/mini";
import { FleetError } from "../errors.ts";
import { githubGraphqlAddress } from "../system/github.ts";
import { githubTokenSources } from "../system/token.ts";
import { callForge } from "./call.ts";
import type { Access, Forge, Project, PullRequest } from "./forge.ts";

/** The version of its operations that is spoken here. */
const headers = { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28" };

const project = z.object({
  full_name: z.string(),
  default_branch: z.string(),
  archived: z.optional(z.boolean()),
  permissions: z.optional(z.object({ push: z.optional(z.boolean()) })),
  parent: z.optional(z.object({ full_name: z.string() })),
});

const pull = z.object({
  number: z.int(),
  html_url: z.string(),
  state: z.string(),
  draft: z.optional(z.boolean()),
  merged_at: z.optional(z.nullable(z.string())),
  title: z.string(),
  body: z.optional(z.nullable(z.string())),
  head: z.object({ sha: z.string() }),
  base: z.object({ ref: z.string() }),
});

/** GraphQL names it by this. */
const pullWithNode = z.extend(pull, { node_id: z.string() });

const graphqlAnswer = z.object({
  data: z.optional(
    z.nullable(z.object({ done: z.nullable(z.object({ pullRequest: z.object({ isDraft: z.boolean() }) })) })),
  ),
  errors: z.optional(z.array(z.object({ message: z.string() }))),
});

/** GitHub: github.com and Enterprise, by its REST operations, and GraphQL for what only that can do. */
export const github: Forge = {
  name: "GitHub",
  sign: "#",
  publicHost: "github.com",
  addressOf(host, { GITHUB_SERVER_URL: server, GITHUB_API_URL: address }) {
    if (host === "github.com") return "https://api.github.com";
    if (host.endsWith(".ghe.com")) return `https://api.${host}`;
    return URL.parse(server ?? "")?.host === host && address !== undefined ? address.replace(/\/+$/, "") : undefined;
  },
  addressOn: (host) => `https://${host}/api/v3`,
  tokenSources: githubTokenSources,
  async project(access, path) {
    return projectOf(await call(access, "GET", `/repos/${path}`, project, { missing: path }));
  },
  async pullsFrom(access, into, from, branch) {
    const head = encodeURIComponent(`${ownerOf(from)}:${branch}`);
    const query = `state=all&sort=created&direction=desc&per_page=20&head=${head}`;
    const found = await call(access, "GET", `/repos/${into}/pulls?${query}`, z.array(pull), { missing: into });
    return found.map(pullOf);
  },
  async pull(access, into, number) {
    return pullOf(await call(access, "GET", `/repos/${into}/pulls/${number}`, pull, { missing: `${into}#${number}` }));
  },
  async open(access, into, { title, body, base, from, branch, draft }) {
    const head = from === into ? branch : `${ownerOf(from)}:${branch}`;
    const sent = { title, body, base, head, draft };
    return pullOf(await call(access, "POST", `/repos/${into}/pulls`, pull, { missing: into, body: sent }));
  },
  async update(access, into, number, { title, body }) {
    const at = { missing: `${into}#${number}`, body: { title, body } };
    return pullOf(await call(access, "PATCH", `/repos/${into}/pulls/${number}`, pull, at));
  },
  async setDraft(access, into, { number }, draft) {
    const path = `/repos/${into}/pulls/${number}`;
    const found = await call(access, "GET", path, pullWithNode, { missing: `${into}#${number}` });
    return { ...pullOf(found), state: (await becomeDraft(access, found.node_id, draft)) ? "draft" : "open" };
  },
  async askReviewers(access, into, number, names) {
    const teams = names.filter((name) => name.includes("/")).map((name) => name.slice(name.indexOf("/") + 1));
    const body = { reviewers: names.filter((name) => !name.includes("/")), team_reviewers: teams };
    const path = `/repos/${into}/pulls/${number}/requested_reviewers`;
    await call(access, "POST", path, z.unknown(), { missing: `${into}#${number}`, body });
  },
  async addLabels(access, into, number, names) {
    const path = `/repos/${into}/issues/${number}/labels`;
    await call(access, "POST", path, z.unknown(), { missing: `${into}#${number}`, body: { labels: names } });
  },
};

async function call<Shape extends z.ZodMiniType>(
  access: Access,
  method: "GET" | "POST" | "PATCH",
  path: string,
  shape: Shape,
  { missing, body }: { readonly missing: string; readonly body?: Readonly<Record<string, unknown>> },
): Promise<z.infer<Shape>> {
  const sent = body === undefined ? {} : { body };
  return callForge(access, { service: "GitHub", method, path, headers, shape, missing, ...sent });
}

/** Whether a pull request is a draft is changed by GraphQL alone. Returns what it is then. */
async function becomeDraft(access: Access, id: string, draft: boolean): Promise<boolean> {
  const mutation = draft ? "convertPullRequestToDraft" : "markPullRequestReadyForReview";
  const query = `mutation($id: ID!) { done: ${mutation}(input: {pullRequestId: $id}) { pullRequest { isDraft } } }`;
  const address = githubGraphqlAddress(access.address);
  const { data, errors = [] } = await callForge(
    { ...access, address },
    {
      service: "GitHub",
      method: "POST",
      path: "",
      headers,
      body: { query, variables: { id } },
      shape: graphqlAnswer,
      missing: "GraphQL",
    },
  );
  if (data?.done) return data.done.pullRequest.isDraft;
  throw new FleetError("failed", `GitHub does not ${draft ? "make it a draft" : "mark it as ready for review"}`, {
    code: "forge-refused",
    output: errors.map(({ message }) => message.replaceAll(access.token, "[token]")).join("\n"),
    hint: `for a token that may, ${access.wayToToken}`,
  });
}

function projectOf(found: z.infer<typeof project>): Project {
  return {
    path: found.full_name,
    defaultBranch: found.default_branch,
    mayPush: found.permissions?.push,
    archived: found.archived === true,
    parent: found.parent?.full_name,
  };
}

function pullOf(found: z.infer<typeof pull>): PullRequest {
  const { number, html_url: url, title, draft, merged_at: merged, head, base } = found;
  const open = draft === true ? "draft" : "open";
  const ended = merged === undefined || merged === null ? "closed" : "merged";
  const state = found.state === "open" ? open : ended;
  return { number, url, state, title, body: found.body ?? "", base: base.ref, head: head.sha };
}

function ownerOf(path: string): string {
  return path.split("/")[0] ?? path;
}
