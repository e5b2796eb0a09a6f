import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { operationInProgress } from "../../../src/system/git/in-progress.ts";
import { sandbox } from "../../helpers/sandbox.ts";
import { adminOf, checkout, filesIn, save, stateOf, unpacked } from "./saved-checkout.ts";

/** Something that git is in the middle of, how to give it up, and how to bring it to its end. */
interface Unfinished {
  readonly what: string;
  readonly begin: readonly string[];
  readonly resolve?: readonly string[];
  readonly abort: readonly string[];
  readonly finish: readonly string[];
  /** The commits of HEAD when it is finished, the newest first. */
  readonly log: string;
}

const quietly = ["-c", "core.editor=true", "-c", "advice.detachedHead=false"];
const unfinished: readonly Unfinished[] = [
  {
    what: "a merge in conflict",
    begin: ["merge", "side"],
    resolve: ["checkout", "--quiet", "--theirs", "a"],
    abort: ["merge", "--abort"],
    finish: ["commit", "--all", "--no-edit"],
    log: "Merge branch 'side' into fix, more, ours, first",
  },
  {
    what: "a rebase in conflict",
    begin: ["rebase", "side"],
    resolve: ["checkout", "--quiet", "--theirs", "a"],
    abort: ["rebase", "--abort"],
    finish: ["rebase", "--continue"],
    log: "more, ours, second, theirs, first",
  },
  {
    what: "a rebase that stopped for an edit",
    begin: ["-c", "sequence.editor=sed -i 1s/pick/edit/", "rebase", "--interactive", "HEAD~2"],
    abort: ["rebase", "--abort"],
    finish: ["rebase", "--continue"],
    log: "more, ours, first",
  },
  {
    what: "a cherry-pick of two commits",
    begin: ["cherry-pick", "side~1", "side"],
    resolve: ["checkout", "--quiet", "--theirs", "a"],
    abort: ["cherry-pick", "--abort"],
    finish: ["cherry-pick", "--continue"],
    log: "second, theirs, more, ours, first",
  },
  {
    what: "a revert in conflict",
    begin: ["revert", "side~1"],
    resolve: ["checkout", "--quiet", "--theirs", "a"],
    abort: ["revert", "--abort"],
    finish: ["revert", "--continue"],
    log: 'Revert "theirs", more, ours, first',
  },
  {
    what: "a patch that does not apply",
    begin: ["am", "--3way", "../theirs.patch"],
    resolve: ["checkout", "--quiet", "--theirs", "a"],
    abort: ["am", "--abort"],
    finish: ["am", "--continue"],
    log: "theirs, more, ours, first",
  },
];

for (const { what, begin, resolve = ["status"], abort, finish, log } of unfinished) {
  test(`${what} can be given up and brought to its end after everything else is gone`, async () => {
    await using box = await sandbox({ program: "/bin/sh" });
    const original = await checkout(box, { a: "a\n", b: "b\n" });
    const { repository, git, path } = original;
    await repository.git("checkout", "--quiet", "-b", "side");
    for (const [name, file, message] of [
      ["a", "theirs\n", "theirs"],
      ["b", "second\n", "second"],
    ] as const) {
      repository.write(name, file);
      await repository.commit(message);
    }
    writeFileSync(join(box.home, "theirs.patch"), await repository.git("format-patch", "--stdout", "side~2..side~1"));
    for (const [name, message] of [
      ["a", "ours"],
      ["c", "more"],
    ] as const) {
      writeFileSync(join(path, name), `${message}\n`);
      await git("add", "--all");
      await git("commit", "--quiet", `--message=${message}`);
    }
    await git(...begin).catch(() => undefined);
    expect(operationInProgress(adminOf(path))).toBeDefined();
    writeFileSync(join(path, "untracked"), "mine\n");
    const before = await stateOf(original);
    const commit = await save(original);
    await repository.git("checkout", "--quiet", "main");
    await repository.git("branch", "--quiet", "-D", "side");

    const first = await unpacked(original, commit, { alone: true });
    expect(await stateOf(first)).toEqual(before);
    await first.git(...abort);
    expect(operationInProgress(adminOf(first.path))).toBeUndefined();
    expect(await first.git("log", "--format=%s")).toBe("more\nours\nfirst");
    await repository.git("worktree", "remove", "--force", first.path);

    const second = await unpacked(original, commit);
    await second.git(...resolve);
    await second.git("add", "a");
    await second.git(...quietly, ...finish);
    expect((await second.git("log", "--format=%s", "--first-parent")).replaceAll("\n", ", ")).toBe(log);
    expect(filesIn(second.path).untracked).toBe("file: mine\n");
  });
}

test("a bisection goes on where it was", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  const original = await checkout(box);
  for (const message of ["one", "two", "three", "four"])
    await original.git("commit", "--quiet", "--allow-empty", `--message=${message}`);
  await original.git("bisect", "start", "HEAD", "main");
  const log = await original.git("bisect", "log");
  const again = await unpacked(original, await save(original), { alone: true });
  expect(await again.git("bisect", "log")).toBe(log);
  expect(await again.git("bisect", "bad")).toMatch(/^Bisecting: 0 revisions left/);
  await again.git("bisect", "reset");
});

/** What an agent may make of a file that git was told not to look at. */
