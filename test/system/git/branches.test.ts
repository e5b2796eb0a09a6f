import { expect, test } from "bun:test";
import { join } from "node:path";
import { branchesAt, createBranches, deleteBranchAt, resolveCommit, tipsOf } from "../../../src/system/git/branches.ts";
import { type Sandbox, sandbox } from "../../helpers/sandbox.ts";
import { branchNames } from "../../helpers/text.ts";

const program = "/bin/sh";

async function project(box: Sandbox) {
  const { git, path } = await box.repository();
  const place = { directory: path, environment: box.env };
  const commit = await git("rev-parse", "HEAD");
  const branches = async () => (await git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads")).split("\n");
  return { git, path, place, commit, branches };
}

test("branches are found by name, with those below, and where they are checked out", async () => {
  await using box = await sandbox({ program });
  const { git, place, path, commit } = await project(box);
  for (const name of ["fix/typo", "fix/deep/er", "fixture", "other"]) await git("branch", name);
  await git("worktree", "add", "--quiet", join(box.home, "typo"), "fix/typo");
  const branch = (name: string, worktree?: string) => [name, { name, commit, worktree }] as const;
  expect(await branchesAt(place, ["fix", "main", "absent"])).toEqual(
    new Map([branch("fix/deep/er"), branch("fix/typo", `${box.home}/typo`), branch("main", path)]),
  );
  expect(await branchesAt(place, [])).toEqual(new Map());
});

test("a branch of any name is found", async () => {
  await using box = await sandbox({ program });
  const { git, place, commit } = await project(box);
  // Those that differ in case alone are one file on some systems, and a/b cannot lie below a.
  const names = branchNames.filter((name) => !/^(?:A-b|a\/.*|HEAD2)$/.test(name));
  const creations = names.map((name) => `create refs/heads/${name} ${commit}\n`).join("");
  await box.run(["git", "-C", place.directory, "update-ref", "--stdin"], { input: creations }).expect();
  expect([...(await branchesAt(place, names)).keys()].sort()).toEqual([...names].sort());
  expect(await git("rev-parse", "HEAD")).toBe(commit);
});

test("a revision is the commit it names, or none", async () => {
  await using box = await sandbox({ program });
  const { git, place, commit } = await project(box);
  await git("commit", "--quiet", "--allow-empty", "--message=second");
  await git("tag", "--annotate", "--message=release", "v1", commit);
  const named = ["HEAD~1", "main^", "v1", commit, commit.slice(0, 12)];
  for (const revision of named)
    expect({ revision, commit: await resolveCommit(place, revision) }).toEqual({ revision, commit });
  for (const revision of [
    "",
    "typo",
    "HEAD~9",
    "HEAD:README.md",
    "main^{tree}",
    "-h",
    "--all",
    "v1\n",
    "0".repeat(40),
  ]) {
    expect({ revision, commit: await resolveCommit(place, revision) }).toEqual({ revision, commit: undefined });
  }
});

test("new branches are made all at once, each with its log, or none of them", async () => {
  await using box = await sandbox({ program });
  const { git, place, commit, branches } = await project(box);
  const { signal } = new AbortController();
  const at = (...names: string[]) => names.map((name) => ({ name, commit }));
  expect(await createBranches(place, at("fix", "work/a"), signal)).toBe(true);
  expect(await branches()).toEqual(["fix", "main", "work/a"]);
  expect(await git("reflog", "--format=%H %gs", "work/a")).toBe(`${commit} branch: Created`);
  expect(await createBranches(place, at("new", "fix"), signal)).toBe(false);
  expect(await createBranches(place, at("new", "work"), signal)).toBe(false);
  expect(await branches()).toEqual(["fix", "main", "work/a"]);
});

test("a branch is deleted where it was seen to be, with its log", async () => {
  await using box = await sandbox({ program });
  const { git, place, commit, branches } = await project(box);
  await git("branch", "fix/a");
  expect(await deleteBranchAt(place, "fix/a", commit)).toBe(true);
  expect(await branches()).toEqual(["main"]);
  // Nothing of it is in the way of a branch with the name of its folder.
  await git("branch", "fix");
});

test("a branch that has moved on, or has gone, is not deleted", async () => {
  await using box = await sandbox({ program });
  const { git, place, commit, branches } = await project(box);
  await git("commit", "--quiet", "--allow-empty", "--message=second");
  await git("branch", "fix");
  expect(await deleteBranchAt(place, "fix", commit)).toBe(false);
  expect(await deleteBranchAt(place, "absent", commit)).toBe(false);
  expect(await branches()).toEqual(["fix", "main"]);
});

test("the branch that another one stands for is never deleted in its place", async () => {
  await using box = await sandbox({ program });
  const { git, place, commit } = await project(box);
  await git("branch", "precious");
  await git("symbolic-ref", "refs/heads/fix", "refs/heads/precious");
  await deleteBranchAt(place, "fix", commit);
  expect(await resolveCommit(place, "precious")).toBe(commit);
});

test("the tips of branches are what git says, packed, moved, deleted or never there", async () => {
  await using box = await sandbox({ program });
  const { path, git } = await box.repository();
  for (const name of ["packed", "moved", "gone", "below/packed", "packed-2"]) await git("branch", name);
  await git("pack-refs", "--all");
  await git("commit", "--quiet", "--allow-empty", "--message=second");
  for (const name of ["moved", "loose", "below/loose"]) await git("branch", "--force", name);
  await git("branch", "--delete", "--force", "gone");
  const place = { directory: path, environment: box.env };
  const names = ["main", "packed", "moved", "gone", "below/packed", "below/loose", "loose", "packed-", "below", "none"];
  const told = (await git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads")).split("\n");
  const expected = told.map((line): [string, string] => [line.split(" ")[0] ?? "", line.split(" ")[1] ?? ""]);
  expect(await tipsOf(place, names)).toEqual(new Map(expected.filter(([name]) => names.includes(name))));
  await git("symbolic-ref", "refs/heads/alias", "refs/heads/loose");
  expect(await tipsOf(place, ["alias", "main"])).toEqual(
    new Map([
      ["alias", await git("rev-parse", "loose")],
      ["main", await git("rev-parse", "main")],
    ]),
  );
});
