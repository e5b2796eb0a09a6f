import { expect, test } from "bun:test";
import type { AgentAdapter } from "../../../../src/agents/adapter.ts";
import { claude } from "../../../../src/agents/claude/claude.ts";
import { codex } from "../../../../src/agents/codex/codex.ts";
import { customAgent } from "../../../../src/agents/custom.ts";
import { demo } from "../../../../src/agents/demo/demo.ts";
import { agentVariables } from "../../../../src/fleet/environment.ts";
import { budgetCommand } from "../../../../src/fleet/life/launcher/budget-hook.ts";
import { type AgentPlan, type Draft, flagsOf, type PlanContext, planAgents } from "../../../../src/fleet/life/plan.ts";
import { isAgentEntry } from "../../../../src/state/entry.ts";
import { configuration, placesIn } from "../../../helpers/samples.ts";

const home = "/home/me/.ai_fleet";
const longestArgument = 120_000;
const nothingTaken = { directories: new Set<string>(), sessions: new Set<string>(), ports: [] };

function draft(different: Partial<Draft> = {}): Draft {
  return {
    branch: "fix-42",
    prompt: undefined,
    adapter: demo,
    program: undefined,
    base: "1".repeat(40),
    baseName: "main",
    adopted: false,
    batch: "manual-2025-05-31",
    quick: false,
    raw: false,
    ...different,
  };
}

function context(different: Partial<PlanContext> = {}): PlanContext {
  return {
    config: configuration(),
    places: placesIn(home),
    repository: {
      root: "/code/project",
      commonDirectory: "/code/project/.git",
      bare: false,
      head: { commit: "1".repeat(40), branch: "main" },
    },
    socket: "/tmp/tmux-0/default",
    environment: { HOME: "/home/me", TERM: "xterm", CLAUDECODE: "1" },
    superuser: false,
    lineage: undefined,
    now: new Date("2025-05-31T23:05:00.789Z"),
    ...different,
  };
}

function planOf(different: Partial<Draft> = {}, around: Partial<PlanContext> = {}): AgentPlan {
  const [plan] = planAgents([draft(different)], context(around), nothingTaken);
  if (plan === undefined) throw new Error("nothing was planned");
  return plan;
}

test("the entry of an agent says all that is known before it starts", () => {
  const { entry } = planOf({ prompt: "do it", adopted: true });
  expect(entry).toEqual({
    v: 1,
    id: expect.stringMatching(/^[0-9a-f]{8}$/),
    branch: "fix-42",
    worktree: `${home}/worktrees/fix-42`,
    session: "ai_fix-42",
    pid: null,
    batch_id: "manual-2025-05-31",
    agent: "demo",
    created_at: "2025-05-31T23:05:00Z",
    repo: "/code/project",
    base: "1".repeat(40),
    adopted: true,
    socket: "/tmp/tmux-0/default",
    agent_session: null,
    prompt: "do it",
  });
  expect(isAgentEntry(entry)).toBe(true);
});

test("an agent is asked for its command line with the program, its flags and where to say what it does", () => {
  const config = configuration({ claude_flags: ["--model", "opus"] });
  const plan = planOf({ adapter: claude, program: "/usr/bin/claude" }, { config, superuser: true });
  expect(plan.request).toEqual({
    program: "/usr/bin/claude",
    flags: ["--model", "opus"],
    repository: "/code/project",
    sessionId: plan.entry.agent_session ?? "",
    statusFile: plan.files.status,
    trustNotes: `${home}/trust/claude.json`,
    worktree: plan.entry.worktree,
    notifier: undefined,
    budgetCommand: budgetCommand(plan.files),
    environment: context().environment,
    superuser: true,
  });
  expect(plan.start).toEqual(claude.describe(plan.request.flags));
});

test("an agent of our own is the program beside its files", () => {
  const { request, files } = planOf({ adapter: demo, program: undefined });
  expect(request.program).toBe(files.program);
});

test("agents of one plan have ids, directories and sessions of their own", () => {
  const taken = { directories: new Set(["b"]), sessions: new Set(["ai_c"]), ports: [] };
  const plans = planAgents(
    [..."abcA"].map((branch) => draft({ branch })),
    context(),
    taken,
  );
  expect(plans.map(({ entry }) => entry.worktree.slice(home.length))).toEqual([
    "/worktrees/a",
    "/worktrees/b@project",
    "/worktrees/c@project",
    "/worktrees/A@project",
  ]);
  expect(plans.map(({ entry }) => entry.session)).toEqual(["ai_a", "ai_b@project", "ai_c@project", "ai_A@project"]);
  expect(new Set(plans.map(({ entry }) => entry.id)).size).toBe(4);
  expect(new Set(plans.map(({ files }) => files.directory)).size).toBe(4);
});

test("names that are the same but for what was cut off are different names", () => {
  const branches = ["a", "b"].map((end) => `${"x".repeat(98)}${end}`);
  const plans = planAgents(
    branches.map((branch) => draft({ branch })),
    context(),
    nothingTaken,
  );
  expect(new Set(plans.map(({ entry }) => entry.session)).size).toBe(2);
});

test("the names that were taken are left as they were", () => {
  const taken = { directories: new Set(["b"]), sessions: new Set(["ai_c"]), ports: [] };
  planAgents([draft()], context(), taken);
  expect(taken).toEqual({ directories: new Set(["b"]), sessions: new Set(["ai_c"]), ports: [] });
});

test("the entry keeps the first 200 characters of a prompt, none of them cut in two", () => {
  expect(planOf({ prompt: "\u{1f680}".repeat(300) }).entry.prompt).toBe("\u{1f680}".repeat(200));
});

test("a prompt that is passed on as it is, is read from its own file", () => {
  const { message, files } = planOf({ prompt: "do it\n" });
  expect(message).toEqual({ worded: "do it\n", text: "do it\n", file: files.prompt });
});

test("a prompt that the agent would misread is written apart, and the prompt stays as it was typed", () => {
  const { message, files } = planOf({ adapter: codex, program: "/usr/bin/codex", prompt: "!important" });
  expect(message).toEqual({ worded: "!important", text: " !important", file: files.firstMessage });
});

test("without a prompt there is no message", () => {
  expect(planOf().message).toBeUndefined();
});

const sizes: readonly (readonly [string, string, boolean])[] = [
  ["the longest argument", "x".repeat(longestArgument), true],
  ["one byte more", "x".repeat(longestArgument + 1), false],
  ["as many bytes in fewer characters", "é".repeat(longestArgument / 2), true],
  ["more bytes than characters", `${"é".repeat(longestArgument / 2)}x`, false],
];

for (const [what, prompt, fits] of sizes) {
  test(`a prompt of ${what} is ${fits ? "an argument" : "read from its file"}`, () => {
    const { message, files } = planOf({ prompt });
    expect(message).toEqual(
      fits
        ? { worded: prompt, text: prompt, file: files.prompt }
        : { worded: prompt, text: `Read the task in ${files.prompt} and do it.`, file: files.firstMessage },
    );
  });
}

test("what an agent makes of a prompt counts, not the prompt", () => {
  const wordy: AgentAdapter = { ...demo, message: (prompt) => `${prompt}!` };
  expect(planOf({ adapter: wordy, prompt: "x".repeat(longestArgument) }).message?.text).toStartWith("Read the task in");
});

test("setup commands run unless the user is in a hurry", () => {
  const config = configuration({ setup_commands: ["bun install"] });
  expect(planOf({}, { config }).setup.commands).toEqual(["bun install"]);
  expect(planOf({ quick: true }, { config }).setup.commands).toEqual([]);
  expect(planOf({}, { config: { ...config, quick_setup: true } }).setup.commands).toEqual([]);
});

test("the agent knows who it is and where it belongs, beside what the caller exports", () => {
  const { request, entry } = planOf();
  expect(agentVariables(request.environment, entry, {})).toEqual({
    HOME: "/home/me",
    AI_FLEET_ID: entry.id,
    AI_FLEET_BRANCH: "fix-42",
    AI_FLEET_BATCH: "manual-2025-05-31",
    AI_FLEET_REPO: "/code/project",
  });
});

test("what an agent needs in its environment overrides the caller, but not who it is", () => {
  const adapter = customAgent("mine", {
    command: "mine",
    flags: [],
    prompt: "argument",
    prompt_option: undefined,
    env: { HOME: "/elsewhere", AI_FLEET_ID: "not yours" },
  });
  const { request, entry } = planOf({ adapter, program: "/usr/bin/mine" });
  const { environment } = adapter.commandLine({ ...request, givenFiles: [] });
  expect(agentVariables(request.environment, entry, environment)).toMatchObject({
    HOME: "/elsewhere",
    AI_FLEET_ID: entry.id,
  });
});

test("each agent has its own flags", () => {
  const config = configuration({
    claude_flags: ["--claude"],
    codex_flags: ["--codex"],
    gemini_flags: ["--gemini"],
    opencode_flags: ["--opencode"],
  });
  for (const name of ["claude", "codex", "gemini", "opencode"])
    expect(flagsOf({ ...demo, name }, config)).toEqual([`--${name}`]);
  for (const name of ["demo", "mine", "toString", "__proto__"]) expect(flagsOf({ ...demo, name }, config)).toEqual([]);
  expect(flagsOf({ ...demo, name: "mine", defaultFlags: ["--yes"] }, config)).toEqual(["--yes"]);
  expect(flagsOf({ ...demo, name: "claude", defaultFlags: ["--yes"] }, config)).toEqual(["--claude"]);
});
