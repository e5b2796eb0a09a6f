import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FleetError } from "../../../src/errors.ts";
import { git, tryGit } from "../../../src/system/git/command.ts";
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

const mends: readonly (readonly [string, string])[] = [
  ["fatal: bad config line 7 in file .git/config", "to mend it, run vi +7 /the/worktree/.git/config"],
  [
    "fatal: failed to read .git/worktrees/half/commondir: Success",
    "to mend it, run printf '../..\\n' > /the/worktree/.git/worktrees/half/commondir",
  ],
  [
    "error: bad signature 0x58585858\nfatal: index file corrupt",
    "to make the index anew, which leaves all files as they are, run git -C /the/worktree read-tree HEAD",
  ],
  [
    "fatal: Unable to create '/tmp/index-1.lock': No space left on device",
    "to see how full the disk is, run df -h /tmp",
  ],
  ["error: file write error: Disk quota exceeded", "to see how full the disk is, run df -h /the/worktree"],
  [
    "fatal: Unable to create '/the/index.lock': File exists.",
    "if no git is at work there any more, run rm /the/index.lock",
  ],
];

test("what git fails on is told with the line that mends it, where its words say what that is", async () => {
  await using box = await sandbox();
  const hints: (readonly [string, string | undefined])[] = [];
  for (const [words] of mends) {
    writeFileSync(join(box.bin, "git"), `#!/bin/sh\ncat >&2 <<'END'\n${words}\nEND\nexit 128\n`, { mode: 0o755 });
    const asked = git({ directory: box.home, environment: box.env }, ["status"]);
    const { hint } = (await asked.catch((error: unknown) => error)) as FleetError;
    hints.push([words, hint?.replaceAll(box.home, "/the/worktree")]);
  }
  expect(hints).toEqual([...mends]);
});
