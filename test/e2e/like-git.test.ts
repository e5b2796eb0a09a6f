import { expect, test } from "bun:test";
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { Repository } from "../helpers/repository.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentOn, demoSandbox, registered } from "./agents.ts";

/** What makes a worktree of git what it is, without its name. */
interface Worktree {
  readonly files: readonly string[];
  readonly status: string;
  /** Each file of the index with its state: `H` is there, `S` is left out of a sparse checkout. */
  readonly index: string;
  readonly settings: string;
  readonly sparse: string;
  readonly submodules: string;
}

async function described(box: Sandbox, path: string, branch: string): Promise<Worktree> {
  // Git reads a file again, and runs its filter, if that is as young as the index to the second: what a missing filter
  // says of itself hangs on the clock.
  const ask = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await box.run(["git", ...words], { cwd: path });
    const said = stderr.split("\n").filter((line) => !/git-lfs-that-is-missing|external filter/.test(line));
    return `${code} ${stdout}${said.join("\n")}`.replaceAll(path, "WORKTREE").replaceAll(branch, "BRANCH");
  };
  return {
    files: filesIn(path),
    status: await ask("status", "--porcelain=v2", "--branch", "--ignored", "--untracked-files=all"),
    index: await ask("ls-files", "-t", "-s"),
    settings: await ask("config", "--worktree", "--list"),
    sparse: await ask("sparse-checkout", "list"),
    submodules: await ask("submodule", "status"),
  };
}

function filesIn(root: string, path = ""): string[] {
  return readdirSync(join(root, path))
    .sort()
    .filter((name) => name !== ".git")
    .flatMap((name) => {
      const below = join(path, name);
      const stat = lstatSync(join(root, below));
      const mode = (stat.mode & 0o777).toString(8);
      if (stat.isSymbolicLink()) return [`${below} -> ${readlinkSync(join(root, below))}`];
      if (stat.isDirectory()) return [`${below}/ ${mode}`, ...filesIn(root, below)];
      return [`${below} ${mode} ${readFileSync(join(root, below), "utf8")}`];
    });
}

/** The worktrees that git and fleet make, one after the other, in the same repository. */
async function bothMade(
  box: Sandbox,
  project: Repository,
): Promise<{ readonly git: Worktree; readonly fleet: Worktree }> {
  const byHand = join(box.home, "by-hand");
  await project.git("worktree", "add", "--quiet", "-b", "by-hand", byHand);
  await box.fleet(["create", "fix"], { cwd: project.path }).expect({ stdout: "fix\n", stderr: /./ });
  return {
    git: await described(box, byHand, "by-hand"),
    fleet: await described(box, agentOn(box, "fix").worktree, "fix"),
  };
}

const files = {
  "src/app/main.txt": "main\n",
  "src/lib/lib.txt": "lib\n",
  "docs/guide.txt": "guide\n",
  "README.md": "# Project\n",
};

const repositories: Readonly<Record<string, (box: Sandbox, project: Repository) => Promise<unknown>>> = {
  "with submodules": async (box, project) => {
    const library = await box.repository("library");
    const add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add"];
    await project.git(...add, library.path, "vendor/library");
    await project.git(...add, library.path, "other");
    await project.commit("submodules");
    await project.git("config", "submodule.recurse", "true");
  },
  "with a sparse checkout": async (_, project) => {
    await project.git("sparse-checkout", "set", "src/app");
  },
  "with a sparse checkout by patterns": async (_, project) => {
    await project.git("sparse-checkout", "set", "--no-cone", "/*", "!/docs/");
  },
  "with a sparse index": async (_, project) => {
    await project.git("sparse-checkout", "set", "--cone", "--sparse-index", "docs");
  },
  "with a sparse checkout that was ended": async (_, project) => {
    await project.git("sparse-checkout", "set", "src/app");
    await project.git("sparse-checkout", "disable");
  },
  "with settings of its main checkout alone": async (_, project) => {
    await project.git("config", "extensions.worktreeConfig", "true");
    await project.git("config", "--worktree", "core.autocrlf", "true");
    await project.git("config", "--worktree", "user.name", "Somebody");
  },
  "with files that a missing filter should change": async (_, project) => {
    await useLargeFiles(project, false);
  },
  "with line ends and attributes": async (_, project) => {
    project.write(".gitattributes", "*.txt text eol=crlf\n*.id ident\n");
    project.write("a.id", "$Id$\n");
    await project.commit("attributes");
  },
};

/** What is committed is a pointer; `git lfs install` makes the filter a required one, and names a process too. */
async function useLargeFiles(project: Repository, required: boolean): Promise<void> {
  project.write("large.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
  await project.commit("pointer");
  project.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
  await project.git("add", ".gitattributes");
  await project.git("commit", "--quiet", "--message", "attributes");
  if (required) await project.git("config", "filter.lfs.process", "git-lfs-that-is-missing filter-process");
  await project.git("config", "filter.lfs.smudge", "git-lfs-that-is-missing smudge -- %f");
  await project.git("config", "filter.lfs.clean", "git-lfs-that-is-missing clean -- %f");
  await project.git("config", "filter.lfs.required", `${required}`);
}

for (const [what, prepare] of Object.entries(repositories)) {
  test(`in a repository ${what} a worktree is as git makes it`, async () => {
    await using box = await demoSandbox();
    const project = await box.repository("project", { files });
    await prepare(box, project);
    const { git, fleet } = await bothMade(box, project);
    expect(fleet).toEqual(git);
  });
}

test("a filter that is required and missing fails the agent as it fails git, and leaves nothing", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project", { files });
  await useLargeFiles(project, true);
  const byHand = await box.run(["git", "worktree", "add", "-b", "by-hand", join(box.home, "by-hand")], {
    cwd: project.path,
  });
  expect(byHand.code).toBe(128);
  // Which words follow depends on whether git still writes to the process when that has ended.
  const [why = ""] = byHand.stderr.split("\n").filter((line) => line.includes("not found"));
  expect(why).toContain("git-lfs-that-is-missing");
  const { stderr } = await box.fleet(["create", "fix"], { cwd: project.path }).expect({ code: 1, stderr: /./ });
  expect(stderr).toStartWith(`✗ git reset failed\n  │ ${why}\n`);
  expect(stderr).toMatch(/\n {2}│ fatal: .*\n$/);
  expect(registered(box)).toEqual([]);
  await expectNothingLeft(box, project, { branches: ["main", "by-hand"] });
});

/** Writes down where it runs, with what arguments, and in which repository it finds itself. */
const hook = `#!/bin/sh
{
  pwd
  printf '%s\\n' "$@" "$PATH"
  git rev-parse --show-toplevel --is-inside-work-tree
  git status --porcelain
  env | grep ^GIT_ | sort
  . git-sh-setup && echo "it has the functions that git gives to scripts"
} >"$HOME/hook" 2>&1
`;

for (const [what, hooks] of [
  ["that its settings name", ".husky/_"],
  ["that lie in its git directory", ".git/hooks"],
] as const) {
  test(`the hooks of a repository ${what} see what they see when git runs them`, async () => {
    await using box = await demoSandbox();
    const project = await box.repository("project", { files: { ...files, ".gitignore": ".husky/_\n" } });
    if (hooks !== ".git/hooks") await project.git("config", "core.hooksPath", hooks);
    mkdirSync(join(project.path, hooks), { recursive: true });
    project.write(`${hooks}/post-checkout`, hook);
    chmodSync(join(project.path, hooks, "post-checkout"), 0o755);
    const seen = (path: string) => readFileSync(join(box.home, "hook"), "utf8").replaceAll(path, "WORKTREE");
    const byHand = join(box.home, "by-hand");
    await project.git("worktree", "add", "--quiet", "-b", "by-hand", byHand);
    const expected = seen(byHand);
    for (const [branch, cwd] of [
      ["fix", project.path],
      ["below", join(project.path, "src/app")],
    ] as const) {
      await box.fleet(["create", branch], { cwd }).expect({ stdout: `${branch}\n`, stderr: /./ });
      expect(seen(agentOn(box, branch).worktree)).toBe(expected);
    }
  });
}
