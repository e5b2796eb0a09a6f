import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Repository } from "../helpers/repository.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentOn } from "./agents.ts";

/** These words, a line each. */
export const lines = (words: readonly string[]) => words.map((word) => `${word}\n`).join("");

/** What a repository has in which agents change the same file, so that some of them conflict. */
export const files = { "a.txt": lines([..."abcdefgh"]), ".gitignore": "*.log\n" };

/** Agents with one commit each: what they wrote, by branch and file. */
export async function agentsThatWrote(
  box: Sandbox,
  repository: Repository,
  written: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<void> {
  for (const [branch, files] of Object.entries(written)) {
    await box.fleet(["create", branch], { cwd: repository.path });
    const { worktree } = agentOn(box, branch);
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(worktree, file)), { recursive: true });
      writeFileSync(join(worktree, file), text);
    }
    await repository.git("-C", worktree, "add", "--all");
    await repository.git("-C", worktree, "commit", "--quiet", "-m", `${branch}: done\n\nWhy it was done.`);
  }
}
