import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StandIn } from "../helpers/forge.ts";
import type { Repository } from "../helpers/repository.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentOn, fleetHome } from "./agents.ts";

/** What the user shows to a forge, in the form that GitHub gives it. */
export const token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

/** A clone of `acme/shop` on a GitHub, whose pushes really go somewhere, and who may push there. */
export async function onGithub(box: Sandbox, forge: StandIn): Promise<Repository> {
  const repository = await box.repository();
  const remote = join(box.root, "acme-shop.git");
  await repository.git("clone", "--quiet", "--bare", repository.path, remote);
  await repository.git("remote", "add", "origin", `${forge.url}/acme/shop.git`);
  await repository.git("remote", "set-url", "--push", "origin", remote);
  await repository.git("update-ref", "refs/remotes/origin/main", "main");
  forge.projects.set("acme/shop", { default_branch: "main", permissions: { push: true } });
  Object.assign(box.env, { GITHUB_SERVER_URL: forge.url, GITHUB_API_URL: `${forge.url}/api/v3`, GITHUB_TOKEN: token });
  return repository;
}

/** Makes an agent with one commit of its own. */
export async function agentWithCommit(
  box: Sandbox,
  repository: Repository,
  branch: string,
  message = "Add a file\n\nIt was missing.",
) {
  await box.fleet(["create", branch], { cwd: repository.path });
  await commitIn(box, repository, branch, message);
}

/** Commits a file in the worktree of an agent. The result is the commit. */
export async function commitIn(box: Sandbox, repository: Repository, branch: string, message: string): Promise<string> {
  const { worktree } = agentOn(box, branch);
  writeFileSync(join(worktree, "new.txt"), message);
  await repository.git("-C", worktree, "add", "--all");
  await repository.git("-C", worktree, "commit", "--quiet", "-m", message);
  return repository.git("rev-parse", branch);
}

/** All that is kept of a fleet, to search it for what must not be there. */
export const keptOf = (box: Sandbox) => box.run(["grep", "-r", "-l", "-e", token, fleetHome(box)]);
