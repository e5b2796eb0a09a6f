import { FleetError } from "../../../errors.ts";
import { forgeOn, type Located, type OwnHosts } from "../../../forges/catalog.ts";
import type { Access, Project } from "../../../forges/forge.ts";
import { type Location, locationOf } from "../../../forges/location.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import type { GitPlace } from "../../../system/git/command.ts";
import { pushRemoteOf, type Remote, remotesOf } from "../../../system/git/remotes.ts";
import { shellWord } from "../../../system/shell.ts";
import { findToken, wayToToken } from "../../../system/token.ts";
import { type Fleet, settingsFor } from "../../fleet.ts";

/** The way of a branch to a pull request. */
export interface Route {
  readonly located: Located;
  readonly access: Access;
  /** The repository that it goes into, and the remote that stands for it here. */
  readonly into: Project;
  readonly base: Remote;
  /** The repository that the branch is pushed to: the same, or a fork. */
  readonly from: string;
  readonly push: Remote;
}

/** The remotes of a pull request when no forge is known: the branch is pushed, and a command of the user does the rest. */
export interface PlainRoute {
  readonly push: Remote;
  readonly base: Remote;
  readonly host: string;
}

/**
 * Finds where the branch of an agent is pushed to and which repository its pull request is for: `upstream` where there is one, else what
 * is pushed to. When the user may not push there, another remote of theirs on the same host is taken. Throws FleetError `failed` when no
 * way leads there, with how to make one.
 */
export async function routeOf(
  fleet: Fleet,
  place: GitPlace,
  entry: Pick<AgentEntry, "repo" | "branch">,
): Promise<Route | PlainRoute> {
  const remotes = await remotesOf(place);
  const push = await pushRemote(place, entry.branch, remotes);
  const base = remotes.find(({ name }) => name === "upstream") ?? push;
  const target = locationOf(base.fetches);
  const located = target === undefined ? undefined : forgeAt(fleet, target.host);
  if (target === undefined || located === undefined)
    return withoutForge(fleet, entry, { push, base, host: target?.host ?? "" });
  const access = await accessTo(fleet, entry.repo, target.host, located);
  const into = await located.forge.project(access, target.path);
  if (into.archived) {
    throw new FleetError("failed", `${into.path} on ${target.host} is archived: nothing can be changed there`, {
      hint: "to see the remotes, run git remote --verbose",
    });
  }
  const candidates = [push, ...remotes.filter((remote) => remote !== push)];
  const way = await firstPushable(candidates, target, into, (path) => located.forge.project(access, path));
  if (way === undefined) throw noWay(into, target.host, located);
  if (into.parent !== undefined && base === push) {
    const text = `${into.path} is a fork of ${into.parent}; to open it there, run git remote add upstream ADDRESS`;
    fleet.report({ kind: "note", text });
  }
  return { located, access, into, base, from: way.path, push: way.remote };
}

/** The forge on a host, as the user and their environment name it. */
export function forgeAt(fleet: Fleet, host: string): Located | undefined {
  const { github_hosts, gitlab_hosts } = fleet.settings.config;
  const own: OwnHosts = { github: github_hosts, gitlab: gitlab_hosts };
  return forgeOn(host, own, fleet.environment);
}

/** How a forge is called. Throws FleetError `failed` when no token for it is found. */
export async function accessTo(
  fleet: Fleet,
  root: string,
  host: string,
  { name, forge, address }: Located,
): Promise<Access> {
  const settings = settingsFor(fleet, root);
  const command = name === "github" ? settings.github_token_command : settings.gitlab_token_command;
  const sources = forge.tokenSources(host, command, fleet.environment);
  const way = wayToToken(sources, fleet.environment);
  const token = await findToken(sources, fleet.environment, fleet.cancelled);
  if (token === undefined) {
    const { variables } = sources;
    const unset = `${variables.join(", ")} ${variables.length === 1 ? "is" : "are"} not set`;
    throw new FleetError("failed", `there is no token for ${host}: ${unset}`, {
      hint: `to log in, ${way}`,
    });
  }
  const onWait = (reason: string, milliseconds: number) =>
    fleet.report({ kind: "note", text: `${reason}; asking again in ${Math.ceil(milliseconds / 1000)} s` });
  return { host, address, token, wayToToken: way, cancelled: fleet.cancelled, onWait };
}

async function pushRemote(place: GitPlace, branch: string, remotes: readonly Remote[]): Promise<Remote> {
  const named = await pushRemoteOf(place, branch);
  const wanted = [named, "origin"].filter((name) => name !== undefined);
  const found = remotes.find(({ name }) => name === wanted[0]) ?? remotes.find(({ name }) => name === "origin");
  const only = remotes.length === 1 ? remotes[0] : undefined;
  const remote = found ?? only;
  if (remote !== undefined) return remote;
  if (remotes.length === 0) {
    throw new FleetError("failed", "this repository has no remote to push to", {
      hint: "to add one, run git remote add origin ADDRESS",
    });
  }
  throw new FleetError(
    "failed",
    `nothing says which remote is pushed to: ${remotes.map(({ name }) => name).join(", ")}`,
    {
      hint: "to say it, run git config remote.pushDefault NAME",
    },
  );
}

function withoutForge(
  fleet: Fleet,
  { repo, branch }: Pick<AgentEntry, "repo" | "branch">,
  route: PlainRoute,
): PlainRoute {
  if (settingsFor(fleet, repo).pr_command !== "") return route;
  const where = route.host === "" ? `the remote ${route.base.name}` : route.host;
  throw new FleetError("failed", `${branch}: ${where} is no forge that fleet knows`, {
    hint:
      "if it is a GitHub or a GitLab, name it in github_hosts or gitlab_hosts; for another, set pr_command: " +
      "run fleet config edit",
  });
}

interface Way {
  readonly remote: Remote;
  readonly path: string;
}

/** The first of the remotes on the host of the target to which the user may push. */
async function firstPushable(
  remotes: readonly Remote[],
  target: Location,
  into: Project,
  look: (path: string) => Promise<Project>,
): Promise<Way | undefined> {
  for (const remote of remotes) {
    const location = locationOf(remote.pushes);
    // An address of its own for pushing may be anything; the one for fetching says which repository is meant.
    const meant = location?.host === target.host ? location : locationOf(remote.fetches);
    if (meant?.host !== target.host) continue;
    const project = meant.path === target.path ? into : await look(meant.path);
    if (project.mayPush !== false) return { remote, path: project.path };
  }
  return undefined;
}

function noWay({ path }: Project, host: string, { name, forge }: Located): FleetError {
  const hint =
    name === "github"
      ? `to push to a fork of yours, run gh repo fork ${shellWord(path)} --remote`
      : "to push to a fork of yours, make one there and run git remote add fork ADDRESS";
  return new FleetError("failed", `you may not push to ${path} on ${host}, as ${forge.name} says`, { hint });
}
