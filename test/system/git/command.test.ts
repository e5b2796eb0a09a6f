import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tryGit } from "../../../src/system/git/command.ts";
import { sandbox } from "../../helpers/sandbox.ts";

test("a worktree that another git is just making is waited for, and one that stays half made is told", async () => {
  await using box = await sandbox();
  const { path } = await box.repository();
  const admin = join(path, ".git/worktrees/half");
  mkdirSync(admin, { recursive: true });
  writeFileSync(join(admin, "gitdir"), `${join(box.home, "half")}/.git\n`);
  writeFileSync(join(admin, "HEAD"), "ref: refs/heads/main\n");
  writeFileSync(join(admin, "commondir"), "");
  const ask = () =>
    tryGit({ directory: path, environment: box.env }, ["for-each-ref", "--format=%(worktreepath)", "refs/heads"]);
  const asked = ask();
  setTimeout(() => writeFileSync(join(admin, "commondir"), "../..\n"), 50);
  expect(await asked).toMatchObject({ exitCode: 0 });
  writeFileSync(join(admin, "commondir"), "");
  expect(await ask()).toMatchObject({ exitCode: 128, stderr: expect.stringContaining("commondir") });
});
