import { expect, test } from "bun:test";
import { join } from "node:path";
import { sandbox } from "../../helpers/sandbox.ts";
import { branchNames, hostilePrompts, longestArgumentBytes, refusedBranchNames } from "../../helpers/text.ts";

const program = "/bin/sh";

test("there are enough texts, and no two are the same", () => {
  const lists = { prompts: hostilePrompts.map(({ text }) => text), branchNames, refusedBranchNames };
  for (const list of Object.values(lists)) expect(new Set(list).size).toBe(list.length);
  expect(new Set(hostilePrompts.map(({ name }) => name)).size).toBe(hostilePrompts.length);
  expect(hostilePrompts.length).toBeGreaterThanOrEqual(25);
  expect(branchNames.length).toBeGreaterThanOrEqual(45);
  expect(refusedBranchNames.length).toBeGreaterThanOrEqual(20);
});

test("every prompt has text and can be written as UTF-8 without NUL", () => {
  for (const { text } of hostilePrompts) {
    expect(text.trim()).not.toBe("");
    expect(text.isWellFormed()).toBe(true);
    expect(text).not.toContain("\0");
  }
});

test("every prompt that is not too long is one argument", async () => {
  await using box = await sandbox({ program });
  for (const { text } of hostilePrompts) {
    if (Buffer.byteLength(text) <= longestArgumentBytes) await box.run(["printf", "%s", text]).then(expectText(text));
    else expect(() => box.run(["printf", "%s", text])).toThrow("E2BIG");
  }
});

test("git makes a worktree on a branch of every name it is said to take", async () => {
  await using box = await sandbox({ program });
  const { git } = await box.repository();
  const worktree = join(box.home, "worktree");
  for (const name of branchNames) {
    await git("check-ref-format", "--branch", name);
    await git("worktree", "add", "--quiet", "--no-checkout", "-b", name, worktree, "main");
    expect(await git("-C", worktree, "symbolic-ref", "HEAD")).toBe(`refs/heads/${name}`);
    await git("worktree", "remove", "--force", worktree);
    await git("branch", "-D", name);
  }
});

test("git makes no branch of any name it is said to refuse", async () => {
  await using box = await sandbox({ program });
  const { path } = await box.repository();
  for (const name of refusedBranchNames) {
    const result = await box.run(["git", "check-ref-format", "--branch", name], { cwd: path });
    expect({ name, refused: result.code !== 0 }).toEqual({ name, refused: true });
  }
});

function expectText(text: string) {
  return ({ stdout }: { readonly stdout: string }) => {
    if (stdout !== text)
      throw new Error(`${Bun.inspect(text.slice(0, 80))} became ${Bun.inspect(stdout.slice(0, 80))}`);
  };
}
