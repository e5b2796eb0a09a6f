import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { operationInProgress } from "../../../src/system/git/in-progress.ts";
import { takeSnapshot } from "../../../src/system/git/snapshot.ts";
import { changedPaths } from "../../../src/system/git/status.ts";
import { readSnapshot, unpackSnapshot } from "../../../src/system/git/unpack.ts";
import { adminDirectory } from "../../../src/system/git/worktrees.ts";
import { failureOf } from "../../helpers/failure.ts";
import type { Repository } from "../../helpers/repository.ts";
import { type Sandbox, sandbox } from "../../helpers/sandbox.ts";

const program = "/bin/sh";
const files = {
  a: "a\n",
  "dir/x": "x\n",
  "dir/y": "y\n",
  "sp ace": "s\n",
  "line\nend": "l\n",
  ".gitignore": "*.log\n",
};

/** A repository with a worktree beside it, as an agent has one. */
async function project(box: Sandbox, init: readonly string[] = []) {
  if (init.length > 0) await box.run(["git", "init", "--quiet", ...init, join(box.home, "code", "project")]).expect();
  const repository = await box.repository("project", { files });
  const worktree = join(box.home, "worktree");
  await repository.git("worktree", "add", "--quiet", "-b", "fix", worktree);
  return { repository, worktree, box };
}

function placeOf(box: Sandbox, directory: string) {
  return { directory, environment: box.env };
}

function adminOf(worktree: string): string {
  return adminDirectory(worktree) ?? "";
}

async function save(box: Sandbox, worktree: string): Promise<string> {
  const place = placeOf(box, worktree);
  return takeSnapshot({
    place,
    admin: adminOf(worktree),
    changes: await changedPaths(place),
    scratchIndex: join(box.home, "scratch"),
    message: "saved\n",
  });
}

/** A new worktree that is brought into the saved state. */
async function restored(box: Sandbox, { git, path }: Repository, commit: string): Promise<string> {
  const worktree = join(box.home, `restored-${commit.slice(0, 8)}`);
  await git("worktree", "add", "--quiet", "--force", "--detach", worktree, `${commit}^`);
  await unpackSnapshot(placeOf(box, worktree), adminOf(worktree), await readSnapshot(placeOf(box, path), commit));
  return worktree;
}

/** All that a user could tell two worktrees apart by. */
async function stateOf({ git }: Repository, worktree: string) {
  return {
    files: contentsBelow(worktree),
    index: await git("-C", worktree, "ls-files", "--stage", "-v"),
    status: await git("-C", worktree, "status", "--porcelain=v2", "--untracked-files=all"),
  };
}

/** What is at each path below a folder, without following links. */
function contentsBelow(folder: string, prefix = ""): Record<string, string> {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => name !== ".git");
  const contents = entries.flatMap((entry): (readonly [string, string])[] => {
    const path = join(folder, entry.name);
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) return Object.entries(contentsBelow(path, `${name}/`));
    if (entry.isSymbolicLink()) return [[name, `link to ${readlinkSync(path)}`]];
    const kind = (lstatSync(path).mode & 0o100) === 0 ? "file" : "program";
    return [[name, `${kind}: ${readFileSync(path, "latin1")}`]];
  });
  return Object.fromEntries(contents);
}

/** One thing that an agent does to a path. */
type Deed = readonly [what: "write" | "program" | "link" | "remove" | "stage" | "forget", path: string, text: string];

async function does({ git }: Repository, worktree: string, [what, path, text]: Deed): Promise<void> {
  const file = join(worktree, path);
  if (what === "stage") await git("-C", worktree, "add", "--all", "--", path).catch(() => undefined);
  else if (what === "forget")
    await git("-C", worktree, "rm", "-r", "--quiet", "--cached", "--", path).catch(() => undefined);
  else {
    for (let parent = dirname(file); parent !== worktree; parent = dirname(parent)) {
      if (lstatSync(parent, { throwIfNoEntry: false })?.isDirectory() === false) rmSync(parent);
    }
    rmSync(file, { recursive: true, force: true });
    if (what === "remove") return;
    mkdirSync(dirname(file), { recursive: true });
    if (what === "link") symlinkSync(text.replace("\0", "") || "nowhere", file);
    else writeFileSync(file, text);
    if (what === "program") chmodSync(file, 0o755);
  }
}

const deed: fc.Arbitrary<Deed> = fc.tuple(
  fc.constantFrom("write", "program", "link", "remove", "stage", "forget"),
  fc.constantFrom("a", "a/below", "dir", "dir/x", "new", "new/deep", "sp ace", "line\nend", "-x", "ü \u{1f680}"),
  fc.constantFrom("", "one\n", "two\r\n", "\0\u00ff", "a", "../elsewhere"),
);

test("whatever an agent did to its files and its index, it is there again after a restore", async () => {
  await using box = await sandbox({ program });
  const { repository, worktree } = await project(box);
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { maxLength: 12 }), async (deeds) => {
      await repository.git("-C", worktree, "reset", "--quiet", "--hard");
      await repository.git("-C", worktree, "clean", "--quiet", "-ffdx");
      for (const each of deeds) await does(repository, worktree, each);
      const before = await stateOf(repository, worktree);
      const commit = await save(box, worktree);
      expect(await stateOf(repository, worktree)).toEqual(before);
      const again = await restored(box, repository, commit);
      expect(await stateOf(repository, again)).toEqual(before);
      await repository.git("worktree", "remove", "--force", "--force", again);
    }),
    { numRuns: 6 },
  );
  expect(existsSync(join(box.home, "scratch"))).toBe(false);
});

test("a folder that became a link to another one is saved as a link", async () => {
  await using box = await sandbox({ program });
  const { repository, worktree } = await project(box);
  mkdirSync(join(worktree, "other"));
  writeFileSync(join(worktree, "other", "x"), "another x\n");
  rmSync(join(worktree, "dir"), { recursive: true });
  symlinkSync("other", join(worktree, "dir"));
  const before = await stateOf(repository, worktree);
  expect(await stateOf(repository, await restored(box, repository, await save(box, worktree)))).toEqual(before);
});

test("files that git was told not to look at are saved, too", async () => {
  await using box = await sandbox({ program });
  const { repository, worktree } = await project(box);
  await repository.git("-C", worktree, "update-index", "--assume-unchanged", "a");
  await repository.git("-C", worktree, "update-index", "--skip-worktree", "dir/x");
  for (const name of ["a", "dir/x"]) writeFileSync(join(worktree, name), "hidden\n");
  const before = await stateOf(repository, worktree);
  expect(await stateOf(repository, await restored(box, repository, await save(box, worktree)))).toEqual(before);
});

test("bytes that git would convert come back as they were", async () => {
  await using box = await sandbox({ program });
  const { repository, worktree } = await project(box);
  writeFileSync(join(worktree, ".gitattributes"), "* text=auto eol=crlf\n*.up filter=upper\n");
  await repository.git("config", "filter.upper.clean", "tr a-z A-Z");
  writeFileSync(join(worktree, "mixed"), "one\r\ntwo\nthree\r");
  writeFileSync(join(worktree, "x.up"), "lower\n");
  const before = contentsBelow(worktree);
  const again = contentsBelow(await restored(box, repository, await save(box, worktree)));
  for (const name of ["mixed", "x.up", ".gitattributes"])
    expect({ name, is: again[name] }).toEqual({ name, is: before[name] });
});

test("a merge in conflict goes on where it was", async () => {
  await using box = await sandbox({ program });
  const { repository, worktree } = await project(box);
  repository.write("a", "theirs\n");
  await repository.commit("theirs");
  writeFileSync(join(worktree, "a"), "ours\n");
  await repository.git("-C", worktree, "commit", "--quiet", "--all", "--message=ours");
  await repository.git("-C", worktree, "merge", "--quiet", "main").catch(() => undefined);
  expect(operationInProgress(adminOf(worktree))).toBeDefined();
  const before = await stateOf(repository, worktree);
  const again = await restored(box, repository, await save(box, worktree));
  expect(await stateOf(repository, again)).toEqual(before);
  expect(operationInProgress(adminOf(again))).toBeDefined();
  writeFileSync(join(again, "a"), "both\n");
  await repository.git("-C", again, "commit", "--quiet", "--all", "--no-edit");
  expect((await repository.git("-C", again, "rev-list", "--parents", "-n", "1", "HEAD")).split(" ")).toHaveLength(3);
});

test("a file whose name is not UTF-8 is saved, or the snapshot fails, but it is not lost", async () => {
  await using box = await sandbox({ program });
  const { repository, worktree } = await project(box);
  const name = Buffer.concat([Buffer.from(`${worktree}/caf`), Buffer.from([0xe9])]);
  writeFileSync(name, "precious\n");
  const commit = await save(box, worktree).catch(() => undefined);
  if (commit === undefined) return;
  expect(await repository.git("grep", "precious", commit).catch(() => "nothing")).toContain("precious");
});

test("a snapshot is of the worktree, and nothing of a user's configuration gets in its way", async () => {
  await using box = await sandbox({ program });
  const { repository, worktree } = await project(box);
  for (const [key, value] of [
    ["commit.gpgSign", "true"],
    ["gpg.program", "false"],
    ["user.useConfigOnly", "true"],
    ["status.showUntrackedFiles", "no"],
    ["core.quotePath", "true"],
    ["diff.noprefix", "true"],
  ] as const) {
    await repository.git("config", key, value);
  }
  box.executable("hook", "#!/bin/sh\nexit 1\n");
  await repository.git("config", "core.hooksPath", box.bin);
  writeFileSync(join(worktree, "ü new"), "new\n");
  const commit = await save(box, worktree);
  expect(await repository.git("show", `${commit}:ü new`)).toBe("new");
  expect(await repository.git("log", "-1", "--format=%an <%ae> %s", commit)).toBe(
    "ai-fleet <ai-fleet@localhost> saved",
  );
});

test("ignored files are not in a snapshot", async () => {
  await using box = await sandbox({ program });
  const { repository, worktree } = await project(box);
  writeFileSync(join(worktree, "debug.log"), "x\n");
  expect(await changedPaths(placeOf(box, worktree))).toEqual([]);
  writeFileSync(join(worktree, "new"), "");
  expect(await repository.git("ls-tree", "--name-only", await save(box, worktree))).not.toContain("debug.log");
});

test("a filter that hangs is not waited for", async () => {
  await using box = await sandbox({ program });
  const { repository, worktree } = await project(box);
  await repository.git("config", "filter.hangs.clean", "sleep 100");
  writeFileSync(join(worktree, ".gitattributes"), "* filter=hangs\n");
  for (const name of readdirSync(worktree, { withFileTypes: true })) {
    if (name.isFile() && name.name !== ".git") utimesSync(join(worktree, name.name), 0, 0);
  }
  const failure = await failureOf(changedPaths(placeOf(box, worktree), 300));
  expect(failure.message).toBe("git status took too long");
});

test("a repository within the worktree is told as one", async () => {
  await using box = await sandbox({ program });
  const { worktree } = await project(box);
  await box.run(["git", "init", "--quiet", join(worktree, "inner")]).expect();
  writeFileSync(join(worktree, "inner", "file"), "");
  expect(await changedPaths(placeOf(box, worktree))).toMatchObject([
    { path: "inner", untracked: true, unholdable: true },
  ]);
});

test("a worktree of a repository with SHA-256 objects is saved and restored, too", async () => {
  await using box = await sandbox({ program });
  const { repository, worktree } = await project(box, ["--object-format=sha256"]);
  rmSync(join(worktree, "a"));
  writeFileSync(join(worktree, "new"), "new\n");
  const before = await stateOf(repository, worktree);
  expect(await stateOf(repository, await restored(box, repository, await save(box, worktree)))).toEqual(before);
});
