import { expect, test } from "bun:test";
import { renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentEnding, filesIn } from "../../../helpers/samples.ts";
import { after, append, claudeRow, claudeTotal, session, UsageHome } from "./usage-home.ts";

const used = (input: number, output: number) => ({ input, output });
const tokens = (input: number, output: number) => ({ input, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0, output });

test("an answer of Claude Code with several blocks has a row for each, and counts once", () => {
  const home = new UsageHome("claude");
  home.claude([
    claudeRow("msg_1", 1, used(100, 5)),
    claudeRow("msg_1", 1, used(100, 10)),
    claudeRow("msg_1", 2, used(100, 10)),
  ]);
  expect(home.tokens()).toEqual(tokens(100, 10));
  expect(home.replies()).toBe(1);
});

test("tokens of the cache are told apart by what they cost", () => {
  const home = new UsageHome("claude");
  home.claude([claudeRow("msg_1", 1, { input: 1, output: 2, read: 3, written: 9, hour: 4 })]);
  expect(home.tokens()).toEqual({ input: 1, cacheRead: 3, cacheWrite: 5, cacheWriteHour: 4, output: 2 });
});

test("what agents of the agent use is in files of their own, and counts", () => {
  const home = new UsageHome("claude");
  home.claude([claudeRow("msg_1", 1, used(100, 10))]);
  home.claude([claudeRow("msg_2", 2, used(50, 5))], session, "a1");
  expect(home.tokens()).toEqual(tokens(150, 15));
});

test("a conversation that goes on after /clear is another file, and counts", () => {
  const home = new UsageHome("claude");
  home.claude([claudeRow("msg_1", 1, used(100, 10))]);
  home.claude([claudeRow("msg_2", 2, used(50, 5))], "22222222-2222-4222-8222-222222222222");
  expect(home.tokens()).toEqual(tokens(150, 15));
});

test("a fork begins with rows of its parent, one of them without usage, and its total with that of its parent", () => {
  const home = new UsageHome("claude");
  home.claude([claudeRow("msg_1", 1, used(100, 10)), claudeRow("msg_2", 2, used(30, 3)), claudeTotal(used(130, 13))]);
  expect(home.tokens()).toEqual(tokens(130, 13));
  const emptied = claudeRow("msg_2", 2, { written: 0, hour: 7 });
  home.claude(
    [claudeRow("msg_1", 1, used(100, 10)), emptied, claudeRow("msg_3", 3, used(7, 1)), claudeTotal(used(137, 14))],
    "33333333-3333-4333-8333-333333333333",
  );
  expect(home.tokens()).toEqual(tokens(137, 14));
  expect(home.look().atLeast).toBe(true);
});

test("titles, compactions and answers that were cut off are only in the total of the session, of which the last holds", () => {
  const home = new UsageHome("claude");
  home.claude([claudeRow("msg_1", 1, used(100, 10))]);
  expect(home.look().atLeast).toBe(true);
  home.claude([claudeTotal(used(130, 12))]);
  expect(home.tokens()).toEqual(tokens(130, 12));
  expect(home.look().atLeast).toBe(false);
  home.claude([claudeRow("msg_2", 5, used(1000, 100))]);
  expect(home.tokens()).toEqual(tokens(1130, 112));
  expect(home.look().atLeast).toBe(true);
  home.claude([claudeTotal(used(1200, 112))]);
  expect(home.tokens()).toEqual(tokens(1200, 112));
});

test("an agent of the agent that answered after its last answer is in the total", () => {
  const home = new UsageHome("claude");
  home.claude([claudeRow("msg_1", 1, used(100, 10)), claudeTotal(used(150, 15)), claudeRow("msg_9", 9, used(1, 1))]);
  home.claude([claudeRow("msg_2", 3, used(50, 5))], session, "a1");
  expect(home.tokens()).toEqual(tokens(151, 16));
});

test("answers from before the agent, in a worktree of the same name, are not its own", () => {
  const home = new UsageHome("claude");
  home.claude([claudeRow("msg_0", -60, used(100, 10)), claudeRow("msg_1", 60, used(1, 1))]);
  expect(home.tokens()).toEqual(tokens(1, 1));
});

test("conversations of a worktree whose name only looks the same to Claude Code are not its own", () => {
  const home = new UsageHome("claude");
  const other = { cwd: "/home/me/.ai_fleet/worktrees/fix_42" };
  home.claude([claudeRow("msg_0", 1, used(100, 10), other)], "44444444-4444-4444-8444-444444444444");
  home.claude([claudeRow("msg_1", 1, used(1, 1), { cwd: "/tmp" })]);
  expect(home.tokens()).toEqual(tokens(1, 1));
});

test("words that look like usage in what was said or done are no usage", () => {
  const home = new UsageHome("claude");
  const text = JSON.stringify(claudeRow("msg_1", 1, used(100, 10)));
  home.claude([
    { type: "user", message: { role: "user", content: text }, timestamp: after(1) },
    { type: "user", toolUseResult: { usage: { input_tokens: 5 } }, timestamp: after(1) },
    {
      type: "assistant",
      isApiErrorMessage: true,
      message: { id: "x", model: "<synthetic>", usage: {} },
      timestamp: after(1),
    },
  ]);
  expect(home.look()).toEqual({ groups: [], atLeast: false, quota: undefined, problems: [] });
});

test("every answer of Codex has a record; what it says of totals repeats itself and is not counted", () => {
  const home = new UsageHome("codex");
  const usage = { input_tokens: 9137, cached_input_tokens: 1040, output_tokens: 80, reasoning_output_tokens: 3 };
  const count = {
    type: "token_count",
    info: { total_token_usage: usage },
    rate_limits: { primary: null, secondary: null },
  };
  const row = (type: string, payload: unknown, seconds = 10) => ({ timestamp: after(seconds), type, payload });
  const meta = { id: "a", session_id: "a", timestamp: after(1), cwd: home.entry.worktree, thread_source: "user" };
  const window = { used_percent: 42.5, window_minutes: 300, resets_at: 1_795_848_856 };
  home.codex([
    row("session_meta", meta),
    row("turn_context", { model: "gpt-5.5-codex" }),
    row("token_usage_record", { response_id: "resp_1", usage }),
    row("event_msg", count),
    row("event_msg", { ...count, rate_limits: { primary: window, secondary: null, plan_type: "plus" } }),
  ]);
  home.codex(
    [
      row("session_meta", { ...meta, id: "b", thread_source: "subagent" }),
      row("session_meta", meta),
      row("turn_context", { model: "gpt-5.5-mini" }),
      row("token_usage_record", { response_id: "resp_2", usage: { input_tokens: 5, output_tokens: 1 } }),
    ],
    "01a20d76-5f0e-7483-8963-9a36f1537e62",
  );
  expect(home.tokens()).toEqual({ input: 8102, cacheRead: 1040, cacheWrite: 0, cacheWriteHour: 0, output: 81 });
  const { groups, atLeast, quota } = home.look();
  expect(groups.map(({ model }) => model).sort()).toEqual(["gpt-5.5-codex", "gpt-5.5-mini"]);
  expect(atLeast).toBe(true);
  const windows = [{ minutes: 300, usedPercent: 42.5, resetsAt: 1_795_848_856_000 }];
  expect(quota).toEqual({ at: Date.parse(after(10)), windows, plan: "plus" });
});

test("an answer of Gemini CLI comes again when its tools have run; its prompt holds what came from the cache", () => {
  const home = new UsageHome("gemini");
  writeFileSync(join(home.home, "projects.json"), "");
  const chats = join(home.home, ".gemini/tmp/fix-42/chats");
  append(join(home.home, ".gemini/projects.json"), [{ projects: { [home.entry.worktree]: "fix-42" } }]);
  const counts = { input: 11_958, output: 30, cached: 500, thoughts: 7, tool: 0, total: 11_988 };
  const row = { id: "a", timestamp: after(5), type: "gemini", tokens: counts, model: "gemini-3.8-flash" };
  append(join(chats, "session-1.jsonl"), [row, { $set: {} }, { ...row, toolCalls: [] }]);
  append(join(chats, "inner/agent.jsonl"), [{ ...row, id: "b", tokens: { input: 1, output: 2 } }]);
  expect(home.tokens()).toEqual({ input: 11_459, cacheRead: 500, cacheWrite: 0, cacheWriteHour: 0, output: 39 });
  expect(home.look().atLeast).toBe(true);
});

test("a last line that is still being written is left for the next look", () => {
  const home = new UsageHome("claude");
  const line = `${JSON.stringify(claudeRow("msg_2", 2, used(50, 5)))}\n`;
  home.claude([claudeRow("msg_1", 1, used(100, 10)), line.slice(0, 200)]);
  expect(home.tokens()).toEqual(tokens(100, 10));
  home.claude([line.slice(200)]);
  expect(home.tokens()).toEqual(tokens(150, 15));
});

test("what was found stays when transcripts are cut short, replaced or gone", () => {
  const home = new UsageHome("claude");
  home.claude([claudeRow("msg_1", 1, used(100, 10)), claudeRow("msg_2", 2, used(20, 2))]);
  expect(home.tokens()).toEqual(tokens(120, 12));
  const folder = join(home.home, ".claude/projects/-home-me--ai-fleet-worktrees-fix-42");
  const file = join(folder, `${session}.jsonl`);
  renameSync(file, join(folder, "old"));
  home.claude([claudeRow("msg_3", 3, used(7, 1)), claudeRow("msg_1", 1, used(100, 10))]);
  expect(home.tokens()).toEqual(tokens(127, 13));
  truncateSync(file, 0);
  home.claude([claudeRow("msg_4", 4, used(1, 1))]);
  expect(home.tokens()).toEqual(tokens(128, 14));
  rmSync(folder, { recursive: true });
  expect(home.tokens()).toEqual(tokens(128, 14));
});

test("what is kept can be damaged or lost, and is made anew from the transcripts", () => {
  const home = new UsageHome("claude");
  home.claude([claudeRow("msg_1", 1, used(100, 10))]);
  home.look();
  const { usage, replies } = filesIn(home.home);
  writeFileSync(usage, "{");
  expect(home.tokens()).toEqual(tokens(100, 10));
  rmSync(replies);
  expect(home.tokens()).toEqual(tokens(100, 10));
  writeFileSync(replies, "torn {\n");
  rmSync(usage);
  expect(home.tokens()).toEqual(tokens(100, 10));
});

test("an agent that was killed keeps what it used, and gets nothing of the next in its place", () => {
  const home = new UsageHome("claude");
  home.claude([claudeRow("msg_1", 1, used(100, 10))]);
  writeFileSync(filesIn(home.home).ending, JSON.stringify(agentEnding({ ended_at: after(10) })));
  home.claude([claudeRow("msg_2", 20, used(50, 5))], "22222222-2222-4222-8222-222222222222");
  expect(home.tokens()).toEqual(tokens(100, 10));
  expect(home.tokens()).toEqual(tokens(100, 10));
});

test("another agent that took over adds to what the first has used", () => {
  const home = new UsageHome("claude");
  home.claude([claudeRow("msg_1", 1, used(100, 10))]);
  home.look();
  const groups = home.look({ ...home.entry, agent: "codex", agent_session: null }).groups;
  expect(groups.map(({ agent, tokens: { input } }) => [agent, input])).toEqual([["claude", 100]]);
});

test("a transcript that cannot be read is named, and the others are read", () => {
  const home = new UsageHome("claude");
  home.claude([claudeRow("msg_1", 1, used(100, 10)), claudeTotal(used(100, 10))]);
  const file = join(home.home, ".claude/projects/-home-me--ai-fleet-worktrees-fix-42", "loop.jsonl");
  symlinkSync(file, file);
  const { problems, atLeast } = home.look();
  expect([problems, atLeast]).toEqual([[`${file} cannot be read: ELOOP`], true]);
  expect(home.tokens()).toEqual(tokens(100, 10));
});

test("what a model without a price has cost that only asks for titles, the agent says itself", () => {
  const home = new UsageHome("claude");
  const { modelUsage, ...total } = claudeTotal(used(890, 28), "claude-haiku-5-5");
  const said = { "claude-haiku-5-5": { ...modelUsage["claude-haiku-5-5"], costUSD: 0.0002 } };
  home.claude([claudeRow("msg_1", 1, used(100, 10)), { ...total, modelUsage: said, hasUnknownModelCost: false }]);
  expect(home.look().groups).toMatchObject([
    { model: "claude-opus-5-5", tokens: { input: 100 } },
    { model: "claude-haiku-5-5", tokens: { input: 890 }, dollars: 0.0002 },
  ]);
});
