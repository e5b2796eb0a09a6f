import * as z from "zod/mini";
import { FleetError } from "../errors.ts";
import { callForge } from "./call.ts";
import type { Access, Forge, Project, PullRequest } from "./forge.ts";

const level = z.optional(z.nullable(z.object({ access_level: z.int() })));

const project = z.object({
  id: z.int(),
  path_with_namespace: z.string(),
  default_branch: z.optional(z.nullable(z.string())),
  archived: z.optional(z.boolean()),
  permissions: z.optional(z.nullable(z.object({ project_access: level, group_access: level }))),
  forked_from_project: z.optional(z.nullable(z.object({ path_with_namespace: z.string() }))),
});

const mergeRequest = z.object({
  iid: z.int(),
  web_url: z.string(),
  state: z.string(),
  draft: z.optional(z.boolean()),
  title: z.string(),
  description: z.optional(z.nullable(z.string())),
  target_branch: z.string(),
  source_project_id: z.optional(z.nullable(z.int())),
  sha: z.optional(z.nullable(z.string())),
});

const users = z.array(z.object({ id: z.int(), username: z.string() }));

/** Who may push branches is a developer, see the documentation of roles. */
const developer = 30;

/** GitLab: gitlab.com and those of one's own, by its REST operations of version 4. */
export const gitlab: Forge = {
  name: "GitLab",
  sign: "!",
  publicHost: "gitlab.com",
  addressOf(host, { CI_SERVER_URL: server, CI_API_V4_URL: address }) {
    if (host === "gitlab.com") return "https://gitlab.com/api/v4";
    return URL.parse(server ?? "")?.host === host && address !== undefined ? address.replace(/\/+$/, "") : undefined;
  },
  addressOn: (host) => `https://${host}/api/v4`,
  tokenSources: (_host, command) => ({
    service: "GitLab",
    variables: ["GITLAB_TOKEN"],
    command: { setting: "gitlab_token_command", line: command },
  }),
  async project(access, path) {
    return projectOf(await projectAt(access, path));
  },
  async pullsFrom(access, into, from, branch) {
    const source = await projectAt(access, from);
    const query = `state=all&order_by=created_at&sort=desc&per_page=20&source_branch=${encodeURIComponent(branch)}`;
    const found = await call(access, "GET", `${projectPath(into)}/merge_requests?${query}`, z.array(mergeRequest), {
      missing: into,
    });
    return found.filter(({ source_project_id: id }) => id === source.id).map(pullOf);
  },
  async pull(access, into, number) {
    return pullOf(await call(access, "GET", requestPath(into, number), mergeRequest, { missing: `${into}!${number}` }));
  },
  async open(access, into, { title, body, base, from, branch, draft }) {
    const target = from === into ? {} : { target_project_id: (await projectAt(access, into)).id };
    const sent = {
      source_branch: branch,
      target_branch: base,
      title: marked(title, draft),
      description: body,
      ...target,
    };
    return pullOf(
      await call(access, "POST", `${projectPath(from)}/merge_requests`, mergeRequest, { missing: into, body: sent }),
    );
  },
  async update(access, into, number, { title, body, draft }) {
    const change = {
      ...(title === undefined ? {} : { title: marked(title, draft) }),
      ...(body === undefined ? {} : { description: body }),
    };
    const at = { missing: `${into}!${number}`, body: change };
    return pullOf(await call(access, "PUT", requestPath(into, number), mergeRequest, at));
  },
  setDraft: (access, into, { number, title }, draft) => gitlab.update(access, into, number, { title, draft }),
  async askReviewers(access, into, number, names) {
    const ids: number[] = [];
    for (const name of names) ids.push(await idOf(access, name));
    const at = { missing: `${into}!${number}`, body: { reviewer_ids: ids } };
    await call(access, "PUT", requestPath(into, number), z.unknown(), at);
  },
  async addLabels(access, into, number, names) {
    const at = { missing: `${into}!${number}`, body: { add_labels: names.join(",") } };
    await call(access, "PUT", requestPath(into, number), z.unknown(), at);
  },
};

async function call<Shape extends z.ZodMiniType>(
  access: Access,
  method: "GET" | "POST" | "PUT",
  path: string,
  shape: Shape,
  { missing, body }: { readonly missing: string; readonly body?: Readonly<Record<string, unknown>> },
): Promise<z.infer<Shape>> {
  const sent = body === undefined ? {} : { body };
  return callForge(access, { service: "GitLab", method, path, shape, missing, ...sent });
}

function projectAt(access: Access, path: string): Promise<z.infer<typeof project>> {
  return call(access, "GET", projectPath(path), project, { missing: path });
}

/** A project is named by its whole path as one word. */
function projectPath(path: string): string {
  return `/projects/${encodeURIComponent(path)}`;
}

function requestPath(path: string, number: number): string {
  return `${projectPath(path)}/merge_requests/${number}`;
}

async function idOf(access: Access, name: string): Promise<number> {
  const found = await call(access, "GET", `/users?username=${encodeURIComponent(name)}`, users, { missing: name });
  const user = found.find(({ username }) => username.toLowerCase() === name.toLowerCase());
  if (user !== undefined) return user.id;
  throw new FleetError("failed", `there is nobody called ${name} on ${access.host}`, {
    hint: "to leave reviewers out, run fleet pr without --reviewer",
  });
}

function projectOf(found: z.infer<typeof project>): Project {
  const { permissions } = found;
  const levels = [permissions?.project_access, permissions?.group_access].flatMap((one) => one?.access_level ?? []);
  return {
    path: found.path_with_namespace,
    defaultBranch: found.default_branch ?? "main",
    // An administrator may without being a member, and nothing says who is one.
    mayPush: levels.length === 0 ? undefined : Math.max(...levels) >= developer,
    archived: found.archived === true,
    parent: found.forked_from_project?.path_with_namespace,
  };
}

/** A merge request is a draft by the beginning of its title alone. */
function marked(title: string, draft: boolean): string {
  return draft ? `Draft: ${title}` : title;
}

function unmarked(title: string): string {
  return title.replace(/^(?:draft:|\[draft\]|\(draft\)) */i, "");
}

function pullOf(found: z.infer<typeof mergeRequest>): PullRequest {
  const { iid, web_url: url, title, description, target_branch: base, draft } = found;
  const open = draft === true ? "draft" : "open";
  const state = found.state === "opened" || found.state === "locked" ? open : found.state;
  return {
    number: iid,
    url,
    state: state === "merged" || state === "draft" || state === "open" ? state : "closed",
    title: draft === true ? unmarked(title) : title,
    body: description ?? "",
    base,
    head: found.sha ?? "",
  };
}
