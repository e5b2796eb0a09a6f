import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { FleetError } from "../../../src/errors.ts";
import type { GitPlace } from "../../../src/system/git/command.ts";
import {
  adminDirectory,
  checkOutWorktree,
  checkoutHookOf,
  forgetWorktree,
  isRegistered,
  lockReason,
  registerWorktree,
  runCheckoutHook,
} from "../../../src/system/git/worktrees.ts";
import type { Repository } from "../../helpers/repository.ts";
import { type Sandbox, sandbox } from "../../helpers/sandbox.ts";

const program = "/bin/sh";

interface Project extends Repository {
  readonly box: Sandbox;
  readonly place: GitPlace;
  readonly commit1: string;
  /** A path for a worktree. */
  readonly worktree: string;
}

async function project(box: Sandbox, files = { "README.md": "# Project\n", "src/a": "a\n" }): Promise<Project> {
  const repository = await box.repository("project", { files });
  return {
    ...repository,
    box,
    place: { directory: repository.path, environment: box.env },
    commit1: await repository.git("rev-parse", "HEAD"),
    worktree: join(box.home, "worktrees", "fix"),
  };
}

function admin(worktree: string): string {
  const directory = adminDirectory(worktree);
  if (directory === undefined) throw new Error(`${worktree} is no worktree`);
  return directory;
}

async function failureOf(attempt: Promise<unknown>): Promise<FleetError> {
  const failure = await attempt.catch((error: unknown) => error);
  if (failure instanceof FleetError) return failure;
  throw new Error("it did not fail with a FleetError", { cause: failure });
}

test("a worktree is registered on a new branch without a file, and checked out afterwards", async () => {
  await using box = await sandbox({ program });
  const { place, commit1, worktree, git } = await project(box);
  await git("commit", "--quiet", "--allow-empty", "--message=second");
  await registerWorktree(place, { path: worktree, branch: "fix", startAt: commit1 });
  expect(existsSync(join(worktree, "README.md"))).toBe(false);
  expect(await git("-C", worktree, "symbolic-ref", "HEAD")).toBe("refs/heads/fix");
  expect(await git("rev-parse", "fix")).toBe(commit1);
  await checkOutWorktree({ ...place, directory: worktree }, 2, new AbortController().signal);
  expect(readFileSync(join(worktree, "src/a"), "utf8")).toBe("a\n");
  expect(await git("-C", worktree, "status", "--porcelain")).toBe("");
});

/** Names that git could take for something else than a branch, or that a shell or a file system would mind. */
const oddNames = [
  "@a",
  "a/@",
  "#42",
  "$0",
  "%1",
  "007",
  "HEAD2",
  "refs/heads/x",
  "origin/main",
  "{}",
  "!a",
  "修复/登录",
  "x".repeat(250),
];

test("a branch of any name is given a worktree, as a new one and as one that exists", async () => {
  await using box = await sandbox({ program });
  const { place, commit1, worktree, git } = await project(box);
  const heads: (string | undefined)[] = [];
  for (const branch of oddNames) {
    for (const startAt of [commit1, undefined]) {
      await registerWorktree(place, { path: worktree, branch, startAt });
      heads.push(readFileSync(join(admin(worktree), "HEAD"), "utf8").trim());
      rmSync(worktree, { recursive: true });
      await forgetWorktree(place, worktree);
    }
    await git("update-ref", "-d", `refs/heads/${branch}`);
  }
  expect(heads).toEqual(oddNames.flatMap((branch) => [`ref: refs/heads/${branch}`, `ref: refs/heads/${branch}`]));
});

test("a branch that exists is taken as it is, also beside a tag of its name", async () => {
  await using box = await sandbox({ program });
  const { place, worktree, git } = await project(box);
  await git("tag", "v1");
  await git("switch", "--quiet", "--create", "v1");
  await git("commit", "--quiet", "--allow-empty", "--message=second");
  const second = await git("rev-parse", "HEAD");
  await git("switch", "--quiet", "main");
  await registerWorktree(place, { path: worktree, branch: "v1", startAt: undefined });
  await checkOutWorktree({ ...place, directory: worktree }, 1, new AbortController().signal);
  expect(await git("-C", worktree, "rev-parse", "HEAD")).toBe(second);
});

test("a new branch tracks nothing, whatever the user's configuration wants", async () => {
  await using box = await sandbox({ program });
  const { place, worktree, git } = await project(box);
  await git("config", "branch.autoSetupMerge", "always");
  await git("config", "branch.autoSetupRebase", "always");
  await git("branch", "base");
  await registerWorktree(place, { path: worktree, branch: "fix", startAt: "base" });
  expect(await git("config", "--local", "--list")).not.toContain("branch.fix");
});

test("what cannot be registered is told in git's words, and leaves no branch that was there", async () => {
  await using box = await sandbox({ program });
  const { place, commit1, worktree, git } = await project(box);
  await git("branch", "taken");
  const failure = await failureOf(registerWorktree(place, { path: worktree, branch: "taken", startAt: commit1 }));
  expect(failure).toMatchObject({ kind: "failed", message: "git worktree failed" });
  expect(failure.output).toContain("a branch named 'taken' already exists");
  expect(await git("rev-parse", "taken")).toBe(commit1);
});

test("a lock that a user's git holds for a moment is waited for", async () => {
  await using box = await sandbox({ program });
  const { place, commit1, worktree, path, git } = await project(box);
  await git("config", "core.filesRefLockTimeout", "0");
  const lock = `${path}/.git/refs/heads/fix.lock`;
  writeFileSync(lock, "");
  const registered = registerWorktree(place, { path: worktree, branch: "fix", startAt: commit1 });
  setTimeout(() => rmSync(lock), 30);
  await registered;
  expect(await git("rev-parse", "fix")).toBe(commit1);
});

test("a lock that stays is a failure that names it", async () => {
  await using box = await sandbox({ program });
  const { place, commit1, worktree, path, git } = await project(box);
  await git("config", "core.filesRefLockTimeout", "0");
  writeFileSync(`${path}/.git/refs/heads/fix.lock`, "");
  const failure = await failureOf(registerWorktree(place, { path: worktree, branch: "fix", startAt: commit1 }));
  expect(failure.output).toContain("fix.lock");
});

test("directory and registration name each other", async () => {
  await using box = await sandbox({ program });
  const { place, commit1, worktree, path, git } = await project(box);
  await registerWorktree(place, { path: worktree, branch: "fix", startAt: commit1 });
  expect(adminDirectory(worktree)).toBe(`${path}/.git/worktrees/fix`);
  expect(isRegistered(worktree, admin(worktree))).toBe(true);
  symlinkSync(join(box.home, "worktrees"), join(box.home, "link"));
  expect(isRegistered(join(box.home, "link", "fix"), admin(worktree))).toBe(true);
  await git("worktree", "move", worktree, `${worktree}-moved`);
  expect(isRegistered(`${worktree}-moved`, admin(`${worktree}-moved`))).toBe(true);
});

test("a directory that only looks like the registered one is not it", async () => {
  await using box = await sandbox({ program });
  const { place, commit1, worktree, path } = await project(box);
  await registerWorktree(place, { path: worktree, branch: "fix", startAt: commit1 });
  const registration = admin(worktree);
  await box.run(["cp", "-R", worktree, `${worktree}-copy`]).expect();
  expect(isRegistered(`${worktree}-copy`, admin(`${worktree}-copy`))).toBe(false);
  renameSync(worktree, `${worktree}-moved`);
  expect(isRegistered(`${worktree}-moved`, admin(`${worktree}-moved`))).toBe(false);
  expect(isRegistered(worktree, registration)).toBe(false);
  expect(isRegistered(path, `${path}/.git`)).toBe(false);
});

test("what is no worktree has no registration", async () => {
  await using box = await sandbox({ program });
  const { place, commit1, worktree, path } = await project(box);
  await registerWorktree(place, { path: worktree, branch: "fix", startAt: commit1 });
  mkdirSync(join(box.home, "empty"));
  mkdirSync(join(box.home, "strange"));
  writeFileSync(join(box.home, "strange", ".git"), "not a pointer\n");
  symlinkSync(worktree, join(box.home, "link"));
  const others = ["empty", "strange", "link", "missing"].map((name) => join(box.home, name));
  for (const directory of [path, ...others]) expect(adminDirectory(directory)).toBeUndefined();
});

test("a worktree whose files name each other by relative paths, as newer versions of git can, is one", async () => {
  await using box = await sandbox({ program });
  const { place, commit1, worktree, path, git } = await project(box);
  await registerWorktree(place, { path: worktree, branch: "fix", startAt: commit1 });
  const registration = `${path}/.git/worktrees/fix`;
  writeFileSync(join(worktree, ".git"), `gitdir: ${relative(worktree, registration)}\n`);
  writeFileSync(join(registration, "gitdir"), `${relative(registration, join(worktree, ".git"))}\n`);
  expect(await git("-C", worktree, "rev-parse", "--absolute-git-dir")).toBe(registration);
  expect(adminDirectory(worktree)).toBe(registration);
  expect(isRegistered(worktree, registration)).toBe(true);
});

test("a lock is told with its reason", async () => {
  await using box = await sandbox({ program });
  const { place, commit1, worktree, git } = await project(box);
  await registerWorktree(place, { path: worktree, branch: "fix", startAt: commit1 });
  expect(lockReason(admin(worktree))).toBeUndefined();
  await git("worktree", "lock", worktree);
  expect(lockReason(admin(worktree))).toBe("");
  await git("worktree", "unlock", worktree);
  await git("worktree", "lock", "--reason", "on usb disk", worktree);
  expect(lockReason(admin(worktree))).toBe("on usb disk");
});

test("a worktree that was moved away is forgotten, its branch and the others are not", async () => {
  await using box = await sandbox({ program });
  const { place, commit1, worktree, git } = await project(box);
  for (const branch of ["fix", "other", "missing"]) {
    await registerWorktree(place, { path: join(box.home, "worktrees", branch), branch, startAt: commit1 });
  }
  renameSync(worktree, join(box.home, "trash"));
  rmSync(join(box.home, "worktrees", "missing"), { recursive: true });
  await forgetWorktree(place, worktree);
  const listed = (await git("worktree", "list", "--porcelain"))
    .split("\n")
    .filter((line) => line.startsWith("worktree "));
  expect(listed.sort()).toEqual(
    [place.directory, `${box.home}/worktrees/missing`, `${box.home}/worktrees/other`].map((path) => `worktree ${path}`),
  );
  expect(await git("for-each-ref", "--format=%(refname:short)", "refs/heads")).toBe("fix\nmain\nmissing\nother");
});

test("a locked worktree that was moved away is forgotten, too", async () => {
  await using box = await sandbox({ program });
  const { place, commit1, worktree, path, git } = await project(box);
  await registerWorktree(place, { path: worktree, branch: "fix", startAt: commit1 });
  await git("worktree", "lock", worktree);
  rmSync(worktree, { recursive: true });
  await forgetWorktree(place, worktree);
  expect(existsSync(`${path}/.git/worktrees/fix`)).toBe(false);
});

interface Hooked extends Project {
  /** Makes the hook and runs it in a worktree. */
  run(script: string, environment?: Readonly<Record<string, string>>): ReturnType<typeof runCheckoutHook>;
}

async function withHook(box: Sandbox): Promise<Hooked> {
  const here = await project(box);
  await registerWorktree(here.place, { path: here.worktree, branch: "fix", startAt: here.commit1 });
  const hook = `${here.path}/.git/hooks/post-checkout`;
  return {
    ...here,
    run(script, environment = {}) {
      writeFileSync(hook, script);
      chmodSync(hook, 0o755);
      const place = { directory: here.worktree, environment: { ...box.env, ...environment } };
      return runCheckoutHook(place, hook, here.commit1, new AbortController().signal);
    },
  };
}

test("the hook is called as git calls it, in the worktree", async () => {
  await using box = await sandbox({ program });
  const { run, worktree, commit1 } = await withHook(box);
  expect(await run('#!/bin/sh\nprintf "%s\\n" "$PWD" "$@" >"$HOME/called"\n')).toBeUndefined();
  expect(readFileSync(join(box.home, "called"), "utf8").split("\n").slice(0, -1)).toEqual([
    worktree,
    "0".repeat(40),
    commit1,
    "1",
  ]);
});

test("a hook that fails is told, not thrown", async () => {
  await using box = await sandbox({ program });
  const { run } = await withHook(box);
  expect(await run("#!/bin/sh\necho why >&2\nexit 3\n")).toMatchObject({
    exitCode: 3,
    stderr: "why\n",
    timedOut: false,
  });
});

test("a hook without an interpreter, which git hands to sh, runs", async () => {
  await using box = await sandbox({ program });
  const { run } = await withHook(box);
  expect(await run('echo ran >"$HOME/called"\n')).toBeUndefined();
  expect(readFileSync(join(box.home, "called"), "utf8")).toBe("ran\n");
});

test("a hook whose interpreter is missing is told, not thrown", async () => {
  await using box = await sandbox({ program });
  const { run } = await withHook(box);
  expect(await run("#!/no/such/interpreter\n")).toBeDefined();
});

test("a hook works on the worktree, whatever repository the caller's variables point to", async () => {
  await using box = await sandbox({ program });
  const { run, path, worktree } = await withHook(box);
  const elsewhere = { GIT_DIR: `${path}/.git`, GIT_WORK_TREE: path, GIT_INDEX_FILE: `${path}/.git/index` };
  expect(await run('#!/bin/sh\ngit rev-parse --show-toplevel >"$HOME/called"\n', elsewhere)).toBeUndefined();
  expect(readFileSync(join(box.home, "called"), "utf8")).toBe(`${worktree}\n`);
});

test("a hook that is not there, or may not be run, does not run", async () => {
  await using box = await sandbox({ program });
  const { place, path, commit1 } = await project(box);
  const hook = `${path}/.git/hooks/post-checkout`;
  expect(await runCheckoutHook(place, hook, commit1, new AbortController().signal)).toBeUndefined();
  writeFileSync(hook, "#!/bin/sh\nexit 1\n");
  expect(await runCheckoutHook(place, hook, commit1, new AbortController().signal)).toBeUndefined();
});

test("the hook is the one that git would run", async () => {
  await using box = await sandbox({ program });
  const { path, git } = await box.repository("project", { files: { "a/b": "" } });
  const hookAt = (directory: string) => checkoutHookOf({ directory, environment: box.env });
  expect(await hookAt(path)).toBe(`${path}/.git/hooks/post-checkout`);
  await git("config", "core.hooksPath", ".githooks");
  expect(await hookAt(`${path}/a`)).toBe(`${path}/.githooks/post-checkout`);
  await git("config", "core.hooksPath", "~/hooks");
  expect(await hookAt(path)).toBe(`${box.home}/hooks/post-checkout`);
  expect(await hookAt(box.home)).toBeUndefined();
});
