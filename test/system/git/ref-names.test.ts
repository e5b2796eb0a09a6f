import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { allRefs } from "../../../src/system/git/ref-names.ts";
import { sandbox } from "../../helpers/sandbox.ts";

test("all refs are read as git lists them, loose, packed, moved since, by another name, or leading nowhere", async () => {
  await using box = await sandbox();
  const { path, git } = await box.repository();
  await git("branch", "packed/one");
  await git("tag", "--annotate", "--message=one", "v1");
  await git("pack-refs", "--all");
  await git("commit", "--quiet", "--allow-empty", "--message=second");
  await git("branch", "loose/one");
  await git("update-ref", "refs/remotes/origin/main", "HEAD~1");
  await git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main");
  await git("symbolic-ref", "refs/heads/nowhere", "refs/heads/gone");
  writeFileSync(`${path}/README.md`, "changed\n");
  await git("stash");

  const listed = (await git("for-each-ref", "--format=%(refname) %(objectname)")).trim().split("\n");
  const read = [...(allRefs(`${path}/.git`) ?? [])].map(([name, id]) => `${name} ${id}`);

  expect(read.sort()).toEqual(listed.sort());
  expect(read.length).toBe(7);
});

test("refs that only git can read are left to git", async () => {
  await using box = await sandbox();
  const { path } = await box.repository();
  writeFileSync(`${path}/.git/refs/heads/odd`, "neither an id nor a name\n");

  expect(allRefs(`${path}/.git`)).toBeUndefined();
});
