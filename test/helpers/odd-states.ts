import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Entry } from "../e2e/agents.ts";
import type { Repository } from "./repository.ts";
import type { Sandbox } from "./sandbox.ts";

/** What a state is made from: an agent with unsaved work, and where it is. */
interface Scene {
  readonly box: Sandbox;
  readonly project: Repository;
  readonly agent: Entry;
}

/** Odd states of an agent in which every verb must do no harm, by name. A new state is one row. */
export const oddStates: Readonly<Record<string, (scene: Scene) => unknown>> = {
  "nothing odd": () => undefined,
  "worktree deleted": ({ agent }) => rmSync(agent.worktree, { recursive: true }),
  "worktree without .git": ({ agent }) => rmSync(join(agent.worktree, ".git")),
  "worktree locked": ({ project, agent }) =>
    project.git("worktree", "lock", "--reason", "on usb\u001b[2J", agent.worktree),
  "worktree moved with git": ({ project, agent, box }) =>
    project.git("worktree", "move", agent.worktree, join(box.home, "elsewhere")),
  "worktree moved by hand": ({ agent, box }) => renameSync(agent.worktree, join(box.home, "elsewhere")),
  "a file at its place": ({ agent, box }) => {
    renameSync(agent.worktree, join(box.home, "elsewhere"));
    writeFileSync(agent.worktree, "");
  },
  "git means the checkout": async ({ project }) => {
    await project.git("config", "extensions.worktreeConfig", "true");
    await project.git("config", "core.worktree", project.path);
  },
  "repository config broken": ({ project }) => {
    const config = join(project.path, ".git/config");
    writeFileSync(config, `${readFileSync(config, "utf8")}\n[[[\n`);
  },
  "repository moved": ({ project, box }) => renameSync(project.path, join(box.home, "moved-repository")),
  "branch renamed": ({ box, agent }) =>
    box.run(["git", "branch", "--move", "better"], { cwd: agent.worktree }).expect(),
  "HEAD detached": ({ box, agent }) =>
    box.run(["git", "checkout", "--quiet", "--detach"], { cwd: agent.worktree }).expect(),
  "registry deleted": ({ box }) => rmSync(join(box.home, ".ai_fleet/state.json")),
  "agent's files deleted": ({ box, agent }) =>
    rmSync(join(box.home, ".ai_fleet/agents", agent.id), { recursive: true }),
  "tmux server gone": ({ box }) => box.tmux.kill(),
};

/** Every verb that looks at an agent or changes it. */
export const verbs: readonly (readonly string[])[] = [
  ["list"],
  ["list", "--repair"],
  ["kill", "fix"],
  ["kill", "fix", "--commit"],
  ["stop", "fix"],
  ["resume", "fix"],
  ["restore", "fix"],
  ["prune", "-y"],
  ["diff", "fix", "--stat"],
  ["exec", "fix", "--", "true"],
  ["prompt", "fix", "next"],
  ["attach", "fix"],
  ["doctor"],
];

/** Whether a text is in some file below a directory, or in some object of a repository that a ref keeps. */
export async function isKept(box: Sandbox, text: string): Promise<boolean> {
  if (filesBelow(box.home).some((file) => readFileSync(file, "latin1") === text)) return true;
  for (const repository of ["code/project", "moved-repository"]) {
    const script = 'git rev-list --all --objects | cut -d" " -f1 | git cat-file --batch';
    const { stdout } = await box.run(["sh", "-c", script], {
      cwd: box.home,
      env: { GIT_DIR: join(box.home, repository, ".git") },
    });
    if (stdout.includes(text)) return true;
  }
  return false;
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === "precious")
    .map((entry) => join(entry.parentPath, entry.name));
}
