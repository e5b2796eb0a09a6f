import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Repository } from "../helpers/repository.ts";
import { agentOn, demoSandbox, ended } from "./agents.ts";

const isIn = (where: string) => `branch deleted  all of it is in ${where}`;
const kept = (commits: number) => `branch kept  ${commits} commit${commits === 1 ? "" : "s"} of its own`;

/** What becomes of two commits of an agent before it is killed, and what is said of its branch then. */
const ways: readonly {
  readonly how: string;
  readonly merge: (project: Repository) => Promise<unknown>;
  readonly outcome: string;
}[] = [
  {
    how: "merged",
    merge: (project) => project.git("merge", "--quiet", "--no-ff", "-m", "merge", "fix"),
    outcome: isIn("main"),
  },
  {
    how: "fast-forwarded",
    merge: (project) => project.git("merge", "--quiet", "--ff-only", "fix"),
    outcome: isIn("main"),
  },
  { how: "squashed, behind other work", merge: squash, outcome: isIn("main") },
  {
    how: "picked",
    merge: async (project) => {
      await other(project);
      await project.git("cherry-pick", "main..fix");
    },
    outcome: isIn("main"),
  },
  {
    how: "merged on the remote",
    merge: (project) => project.git("update-ref", "refs/remotes/origin/main", "fix"),
    outcome: isIn("main"),
  },
  {
    how: "merged in part",
    merge: (project) => project.git("merge", "--quiet", "--ff-only", "fix~1"),
    outcome: kept(2),
  },
  {
    how: "squashed and taken back",
    merge: async (project) => {
      await squash(project);
      await project.git("revert", "--no-edit", "HEAD");
    },
    outcome: kept(2),
  },
  {
    how: "squashed, where a merge driver decides",
    merge: async (project) => {
      await squash(project);
      await project.git("config", "--global", "merge.mine.driver", "true");
    },
    outcome: kept(2),
  },
  {
    how: "merged into another branch",
    merge: async (project) => {
      await project.git("switch", "--quiet", "-c", "aside");
      await project.git("merge", "--quiet", "--ff-only", "fix");
      await project.git("switch", "--quiet", "main");
    },
    outcome: kept(2),
  },
  {
    how: "checked out without a branch",
    merge: (project) => project.git("checkout", "--quiet", "--detach", "fix"),
    outcome: kept(2),
  },
];

async function other(project: Repository): Promise<void> {
  project.write("other", "of somebody else\n");
  await project.commit("other work");
}

async function squash(project: Repository): Promise<void> {
  await other(project);
  await project.git("merge", "--quiet", "--squash", "fix");
  await project.git("commit", "--quiet", "-m", "all in one");
}

test.each(ways)("kill says of a branch that was $how what is in it", async ({ merge, outcome }) => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const { worktree } = agentOn(box, "fix");
  for (const name of ["one", "two"]) {
    writeFileSync(join(worktree, name), `${name}\n`);
    await project.git("-C", worktree, "add", name);
    await project.git("-C", worktree, "commit", "--quiet", "-m", name);
  }
  await merge(project);
  await box.fleet(["kill", "fix"], at).expect(ended("fix", outcome));
  await box.fleet(["restore", "fix"], at).expect({ stdout: /restored/ });
  expect(await project.git("-C", worktree, "log", "--format=%s", "-2")).toBe("two\none");
});

test("commits that together change nothing are no merged work", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const { worktree } = agentOn(box, "fix");
  writeFileSync(join(worktree, "tried"), "and given up\n");
  await project.git("-C", worktree, "add", "tried");
  await project.git("-C", worktree, "commit", "--quiet", "-m", "try");
  await project.git("-C", worktree, "revert", "--no-edit", "HEAD");
  await box.fleet(["kill", "fix"], at).expect(ended("fix", kept(2)));
});

test("an agent that another one was started from is not merged into that one", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "first"], at);
  const { worktree } = agentOn(box, "first");
  writeFileSync(join(worktree, "work"), "of the first\n");
  await project.git("-C", worktree, "add", "work");
  await project.git("-C", worktree, "commit", "--quiet", "-m", "work");
  await box.fleet(["create", "second", "--from", "first"], at);
  await box.fleet(["kill", "first"], at).expect(ended("first", kept(1)));
  await box.fleet(["kill", "second"], at).expect(ended("second"));
});
