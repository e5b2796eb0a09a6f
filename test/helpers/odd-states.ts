import {
  chmodSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import type { Entry } from "../e2e/agents.ts";
import { cleanAway } from "./clean-away.ts";
import type { Repository } from "./repository.ts";
import type { Sandbox } from "./sandbox.ts";

/** What a state is made from: an agent with unsaved work, and where it is. */
interface Scene {
  readonly box: Sandbox;
  readonly project: Repository;
  readonly agent: Entry;
}

/** Git's directory of the worktree of an agent. */
function adminOf(project: Repository, { worktree }: Entry): string {
  return join(project.path, ".git/worktrees", basename(worktree));
}

/** Odd states of an agent in which every verb must do no harm, by name. A new state is one row. */
export const oddStates: Record<string, (scene: Scene) => unknown> = {
  "nothing odd": () => undefined,
  "worktree deleted": ({ agent }) => rmSync(agent.worktree, { recursive: true }),
  "worktree without .git": ({ agent }) => rmSync(join(agent.worktree, ".git")),
  "a repository of its own in the worktree": async ({ box, agent }) => {
    rmSync(join(agent.worktree, ".git"));
    await box.run(["git", "init", "--quiet"], { cwd: agent.worktree }).expect();
  },
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
  "agent's files deleted": ({ box, agent }) => cleanAway(join(box.home, ".ai_fleet/agents", agent.id)),
  "tmux server gone": ({ box }) => box.tmux.kill(),
  "index.lock left": ({ project, agent }) => writeFileSync(join(adminOf(project, agent), "index.lock"), ""),
  "rebase in progress": async ({ box, agent, project }) => {
    const git = (...args: string[]) => box.run(["git", ...args], { cwd: agent.worktree });
    await project.git("checkout", "--quiet", "-b", "onto");
    await project.git("commit", "--quiet", "--allow-empty", "--message", "onto");
    await git("commit", "--quiet", "--allow-empty", "--message", "one").expect();
    const editor = { GIT_SEQUENCE_EDITOR: "sed -i '1s/^pick/edit/'", GIT_EDITOR: "true" };
    await box.run(["git", "rebase", "--quiet", "--keep-empty", "--interactive", "onto"], {
      cwd: agent.worktree,
      env: editor,
    });
    await project.git("checkout", "--quiet", "main");
  },
  "shallow repository": async ({ project }) => {
    const head = await project.git("rev-parse", "HEAD");
    writeFileSync(join(project.path, ".git/shallow"), `${head}\n`);
  },
  "HEAD unborn": ({ box, agent }) =>
    box.run(["git", "checkout", "--quiet", "--orphan", "nothing-yet"], { cwd: agent.worktree }).expect(),
  "HEAD broken": ({ project, agent }) => writeFileSync(join(adminOf(project, agent), "HEAD"), "not a ref\n"),
  "index broken": ({ project, agent }) => writeFileSync(join(adminOf(project, agent), "index"), "not an index\n"),
  "index deleted": ({ project, agent }) => rmSync(join(adminOf(project, agent), "index")),
  "packed refs only": ({ project }) => project.git("pack-refs", "--all", "--prune"),
  "branch deleted by force": ({ project }) => project.git("update-ref", "-d", "refs/heads/fix"),
  "branch checked out twice": ({ project, box }) =>
    project.git("worktree", "add", "--quiet", "--force", join(box.home, "twice"), "fix"),
  "a branch below its name": async ({ project }) => {
    await project.git("update-ref", "-d", "refs/heads/fix");
    await project.git("branch", "fix/below");
  },
  "branch is a symbolic ref": async ({ project }) => {
    await project.git("branch", "target", "fix");
    await project.git("symbolic-ref", "refs/heads/fix", "refs/heads/target");
  },
  "submodule without its repository": async ({ box, agent, project }) => {
    const inner = await box.repository("inner");
    const git = (...args: string[]) =>
      box.run(["git", "-c", "protocol.file.allow=always", ...args], { cwd: agent.worktree }).expect();
    await git("submodule", "--quiet", "add", inner.path, "sub");
    rmSync(join(adminOf(project, agent), "modules"), { recursive: true });
  },
  "session renamed": ({ box, agent }) => box.tmux.run(["rename-session", "-t", `=${agent.session}`, "mine now"]),
  "session moved into another": async ({ box, agent }) => {
    await box.tmux.run(["new-session", "-d", "-s", "mine", "sleep 600"]);
    await box.tmux.run(["move-pane", "-s", `=${agent.session}:`, "-t", "=mine:"]);
  },
  "a pane of the user's beside it": ({ box, agent }) =>
    box.tmux.run(["split-window", "-d", "-t", `=${agent.session}:`, "sleep 600"]),
  "gitdir file gone": ({ project, agent }) => rmSync(join(adminOf(project, agent), "gitdir")),
  "commondir file gone": ({ project, agent }) => rmSync(join(adminOf(project, agent), "commondir")),
  "an object missing": async ({ project, box, agent }) => {
    await box.run(["git", "commit", "--quiet", "--allow-empty", "--message", "lost"], { cwd: agent.worktree }).expect();
    const head = await project.git("rev-parse", "fix");
    rmSync(join(project.path, ".git/objects", head.slice(0, 2), head.slice(2)));
  },
  "a program that watches the files hangs": ({ project, box }) =>
    project.git("config", "core.fsmonitor", box.executable("watcher", "exec sleep 600")),
  "a stash in conflict": async ({ box, agent }) => {
    const git = (...args: string[]) => box.run(["git", ...args], { cwd: agent.worktree });
    writeFileSync(join(agent.worktree, "README.md"), "stashed\n");
    await git("stash", "--quiet").expect();
    writeFileSync(join(agent.worktree, "README.md"), "committed\n");
    await git("commit", "--quiet", "--all", "--message", "committed").expect();
    await git("stash", "pop", "--quiet");
  },
  "locked by a process that is gone": ({ project, agent }) =>
    project.git("worktree", "lock", "--reason", "claude session fix (pid 4194303)", agent.worktree),
  "record broken": ({ box, agent }) => writeFileSync(join(box.home, ".ai_fleet/agents", agent.id, "record.json"), "{"),
  "an ending left of an earlier life": ({ box, agent }) => {
    const ending = { v: 1, operation: "0a0a0a0a", ended_at: "2025-06-01T10:00:00.000Z", head: agent.base };
    const kept = { head_branch: "fix", unsaved: 0, saved: null, tree: null, running: true, files: [] };
    writeFileSync(join(box.home, ".ai_fleet/agents", agent.id, "ending.json"), JSON.stringify({ ...ending, ...kept }));
  },
  "read-only worktree": ({ agent }) => chmodSync(agent.worktree, 0o555),
  "worktree is a link": ({ agent, box }) => {
    renameSync(agent.worktree, join(box.home, "elsewhere"));
    symlinkSync(join(box.home, "elsewhere"), agent.worktree);
  },
};

// Not even the superuser writes there, which takes a mount of its own.
if (process.platform === "linux") {
  oddStates["a disk that is read-only"] = ({ box }) => {
    const [home, fleet] = [join(box.home, ".ai_fleet"), join(box.bin, "fleet")];
    const program = realpathSync(fleet);
    const mount = `mount --bind ${home} ${home} && mount -o remount,ro,bind ${home} && exec ${program} "$@"`;
    box.executable("fleet", `#!/bin/sh\nexec unshare -rm sh -c '${mount}' fleet "$@"\n`);
  };
}

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
