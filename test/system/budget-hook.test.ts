import { expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { budgetCommand, writeBudgetHook } from "../../src/fleet/life/launcher/budget-hook.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { filesIn } from "../helpers/samples.ts";
import { append, claudeRow, session } from "../unit/fleet/cost/usage-home.ts";

const prices = "price\tclaude-opus-5-5\t4\t0.2\t5\t8\t20\n";

/** An agent that is about to use a tool. */
function agent(limit: string) {
  const folder = temporaryFolder();
  const files = filesIn(folder);
  writeBudgetHook(files, `limit\t${limit}\tbudget used\n${prices}`);
  const transcript = join(folder, 'it\'s a "project"'.replaceAll('"', ""), `${session}.jsonl`);
  return {
    files,
    write: (...rows: readonly unknown[]) => append(transcript, rows),
    writeInner: (...rows: readonly unknown[]) =>
      append(transcript.replace(".jsonl", "/subagents/agent-a1.jsonl"), rows),
    /** What the hook answers. */
    ask(): string {
      const input = `${JSON.stringify({ session_id: session, transcript_path: transcript, tool_name: "Bash" })}\n`;
      const { stdout, stderr, exitCode } = Bun.spawnSync(["sh", "-c", budgetCommand(files)], {
        stdin: Buffer.from(input),
      });
      expect([exitCode, stderr.toString()]).toEqual([0, ""]);
      return stdout.toString();
    },
  };
}

const stop = `${JSON.stringify({
  continue: false,
  stopReason: "budget used",
  hookSpecificOutput: {
    hookEventName: "PreToolUse",
    permissionDecision: "deny",
    permissionDecisionReason: "budget used",
  },
})}\n`;

test("the turn is stopped when the budget is used, and not before", () => {
  const { files, write, ask } = agent("1\tUSD");
  expect(ask()).toBe("");
  write(claudeRow("msg_1", 1, { input: 100_000 }), claudeRow("msg_1", 1, { input: 100_000, output: 10_000 }));
  expect(ask()).toBe("");
  expect(ask()).toBe("");
  expect(existsSync(files.overBudget)).toBe(false);
  write(claudeRow("msg_1", 1, { input: 100_000, output: 10_000 }), claudeRow("msg_2", 2, { output: 20_000 }));
  expect(ask()).toBe(stop);
  expect(readFileSync(files.overBudget, "utf8")).toBe("budget used\n");
});

test("all kinds of tokens count, at their prices, and those of agents of the agent", () => {
  const { files, write, writeInner, ask } = agent("1000000\tUSD");
  write(claudeRow("msg_1", 1, { input: 1e6, read: 1e6, written: 3e6, hour: 1e6, output: 1e6 }));
  writeInner(claudeRow("msg_2", 1, { output: 2e6 }, { model: "claude-opus-5-5-20261101" }));
  writeInner(claudeRow("msg_3", 1, { output: 2e6 }, { model: "unknown" }));
  ask();
  expect(readFileSync(files.spent, "utf8")).toContain(`total\t${(4 + 0.2 + 10 + 8 + 20 + 40).toFixed(9)}\tUSD`);
});

test("tokens are counted without prices, a row that is still being written later, and what was kept may be lost", () => {
  const { files, write, ask } = agent("1000\ttokens");
  const line = `${JSON.stringify(claudeRow("msg_2", 2, { output: 500 }, { model: "none" }))}\n`;
  write(claudeRow("msg_1", 1, { input: 400, output: 100 }), line.slice(0, 250));
  expect(ask()).toBe("");
  write(line.slice(250));
  expect(ask()).toBe(stop);
  Bun.spawnSync(["sh", "-c", `: >${files.spent}`]);
  expect(ask()).toBe(stop);
});

test("an agent without a budget, or without a transcript yet, goes on", () => {
  const { files, ask } = agent("0\tUSD");
  expect(ask()).toBe("");
  writeBudgetHook(files, "");
  expect(ask()).toBe("");
  rmSync(files.directory, { recursive: true });
  expect(ask()).toBe("");
});
