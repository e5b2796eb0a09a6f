import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { budgetCommand, writeBudgetHook } from "../../src/fleet/life/launcher/budget-hook.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { filesIn } from "../helpers/samples.ts";
import { append, claudeRow, session } from "../unit/fleet/cost/usage-home.ts";

const prices = "price\tclaude-opus-5-5\t4\t0.2\t5\t8\t20\n";

/** An agent that is about to use a tool. Limits are `agent\t1\tUSD\tbudget used\t`; what is not its own it shares in `spending`. */
function agent(limits: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder();
  const files = filesIn(folder);
  const spending = join(folder, "spending");
  const limitRows = (all: readonly string[]) => all.map((limit) => `limit\t${limit}\n`).join("");
  const give = (all: readonly string[]) =>
    writeBudgetHook(files, `${limitRows(all)}shared\t${spending}\tme\tbatch-1\n${prices}`);
  give(limits);
  const transcript = join(folder, 'it\'s a "project"'.replaceAll('"', ""), `${session}.jsonl`);
  return {
    files,
    give,
    /** What others tell that share a budget with it. */
    tell(directory: string, name: string, text: string): void {
      mkdirSync(join(spending, directory), { recursive: true });
      writeFileSync(join(spending, directory, name), text);
    },
    /** What it tells them: a directory, then the text, for each. */
    told(): string[] {
      const files = existsSync(spending) ? new Bun.Glob("*/me").scanSync(spending) : [];
      return [...files].map((file) => `${dirname(file)} ${readFileSync(join(spending, file), "utf8")}`);
    },
    write: (...rows: readonly unknown[]) => append(transcript, rows),
    writeInner: (...rows: readonly unknown[]) =>
      append(transcript.replace(".jsonl", "/subagents/agent-a1.jsonl"), rows),
    /** What the hook answers. */
    ask(held = false): string {
      const input = `${JSON.stringify({ session_id: session, transcript_path: transcript, tool_name: "Bash" })}\n`;
      const { stdout, stderr, exitCode } = Bun.spawnSync(["sh", "-c", budgetCommand(files, held)], {
        stdin: Buffer.from(input),
        env: { ...process.env, ...environment },
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
  const { files, write, ask } = agent(["agent\t1\tUSD\tbudget used\t"]);
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
  const { files, write, writeInner, ask } = agent(["agent\t1000000\tUSD\tbudget used\t"]);
  write(claudeRow("msg_1", 1, { input: 1e6, read: 1e6, written: 3e6, hour: 1e6, output: 1e6 }));
  writeInner(claudeRow("msg_2", 1, { output: 2e6 }, { model: "claude-opus-5-5-20261101" }));
  writeInner(claudeRow("msg_3", 1, { output: 2e6 }, { model: "unknown" }));
  ask();
  expect(readFileSync(files.spent, "utf8")).toContain(`all\t${(4 + 0.2 + 10 + 8 + 20 + 40).toFixed(9)}\t10000000\n`);
});

test("tokens are counted without prices, a row that is still being written later, and what was kept may be lost", () => {
  const { files, write, ask } = agent(["agent\t1000\ttokens\tbudget used\t"]);
  const line = `${JSON.stringify(claudeRow("msg_2", 2, { output: 500 }, { model: "none" }))}\n`;
  write(claudeRow("msg_1", 1, { input: 400, output: 100 }), line.slice(0, 250));
  expect(ask()).toBe("");
  write(line.slice(250));
  expect(ask()).toBe(stop);
  Bun.spawnSync(["sh", "-c", `: >${files.spent}`]);
  expect(ask()).toBe(stop);
});

test("an agent without a budget, or without a transcript yet, goes on", () => {
  const { files, ask } = agent(["agent\t0\tUSD\tnone\t"]);
  expect(ask()).toBe("");
  writeBudgetHook(files, "");
  expect(ask()).toBe("");
  rmSync(files.directory, { recursive: true });
  expect(ask()).toBe("");
});

test("agents of a batch add up what they tell each other, and each counts once with the most that is told of it", () => {
  const { write, tell, told, ask } = agent(["batch\t1000\ttokens\tbudget used\t"]);
  write(claudeRow("msg_1", 1, { input: 100 }));
  expect(ask()).toBe("");
  expect(told()).toEqual(["batch-1 me\t0.000400000\t100\n"]);
  // What a look of fleet found, and what another agent has told since.
  tell("batch-1", "all", "me\t0.0003\t90\nother\t0.1\t400\nthird\t0.1\t200\n");
  tell("batch-1", "other", "other\t0.2\t600\n");
  expect(ask()).toBe("");
  write(claudeRow("msg_2", 2, { input: 100 }));
  expect(ask()).toBe(stop);
  expect(told()).toEqual(["batch-1 me\t0.000800000\t200\n"]);
});

test("what was used today counts for the day, where the user is, and a budget for one day goes before that for any", () => {
  const moment = new Date();
  // Where it is noon now, and where the day has just changed.
  const offset = 12 - moment.getUTCHours();
  const zone = { TZ: `HERE${-offset}` };
  const day = new Date(moment.getTime() + offset * 3_600_000).toISOString().slice(0, 10);
  const at = (hours: number) => new Date(moment.getTime() + hours * 3_600_000).toISOString();
  const { write, give, tell, told, ask } = agent(["day\t1000\ttokens\tbudget used\t"], zone);
  write(claudeRow("msg_1", 1, { input: 5000 }, { timestamp: at(-13) }));
  write(claudeRow("msg_2", 1, { input: 300 }, { timestamp: at(-11) }));
  expect(ask()).toBe("");
  expect(told()).toEqual([`day-${day} me\t0.001200000\t300\n`]);
  tell(`day-${day}`, "all", "other\t0\t700\n");
  tell("day-2020-01-01", "me", "me\t9\t9\n");
  expect(ask()).toBe(stop);
  give(["day\t1000\ttokens\tbudget used\t", `day\t2000\ttokens\tbudget used\t${day}`]);
  expect(ask()).toBe("");
  give(["day\t1000\ttokens\tbudget used\t", `day\t0\tUSD\tnone\t${day}`]);
  expect(ask()).toBe("");
  give(["day\t1000\ttokens\tbudget used\t", "day\t2000\ttokens\tbudget used\t2020-01-01"]);
  expect(ask()).toBe(stop);
});

test("one in a sandbox counts what others tell, and tells them nothing itself", () => {
  const { files, write, tell, told, ask } = agent(["batch\t1000\ttokens\tbudget used\t"]);
  mkdirSync(files.inside, { recursive: true });
  write(claudeRow("msg_1", 1, { input: 100 }));
  tell("batch-1", "all", "me\t0\t100\nother\t0\t900\n");
  expect(ask(true)).toBe(stop);
  expect(told()).toEqual([]);
});

test("without any budget the agent is in nobody's way, and one that is set later holds before the next tool", () => {
  const { files, give, write, ask } = agent([]);
  rmSync(files.budget);
  rmSync(files.budgetHook);
  write(claudeRow("msg_1", 1, { output: 100_000 }));
  expect(ask()).toBe("");
  expect(existsSync(files.spent)).toBe(false);
  give(["agent\t1\tUSD\tbudget used\t"]);
  expect(ask()).toBe(stop);
  writeFileSync(files.budget, "");
  expect(ask()).toBe("");
});
