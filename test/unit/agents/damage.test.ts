import { expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { claude } from "../../../src/agents/claude/claude.ts";
import { giveConsent } from "../../../src/agents/claude/consent.ts";
import { codex } from "../../../src/agents/codex/codex.ts";
import { gemini } from "../../../src/agents/gemini/gemini.ts";
import { changedBytes, changedObject, noFiles, place, readOrRefused } from "../../helpers/damage.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { placeOf, requestFor, signalsOf, writeRows } from "./samples.ts";

const session = "6f9619ff-8b86-4011-b42d-00cf4fc964ff";
const activities = ["starting", "working", "waiting", "idle", "error", "unknown"];
const worktree = "/home/me/.ai_fleet/worktrees/fix-42";
const longAgo = new Date(0);

function sessionFileIn(home: string): string {
  return join(home, ".claude/sessions/1503.json");
}

function claudeStateIn(home: string) {
  const signals = { pid: 1503, processStart: "148224", place: placeOf({ environment: { HOME: home } }) };
  return claude.state(signalsOf(signals));
}

const sessionFile = {
  status: "waiting",
  statusUpdatedAt: 1_795_328_418_995,
  procStart: "148224",
  waitingFor: "permission prompt",
};

test("whatever Claude's session file holds, the state is one of those there are, with a reason and a moment or without", () => {
  const home = temporaryFolder();
  const text = changedObject(sessionFile).map((value) => JSON.stringify(value));
  fc.assert(
    fc.property(changedBytes(text), (bytes) => {
      place(sessionFileIn(home), bytes);
      const { activity, reason, since } = claudeStateIn(home);
      expect(activities).toContain(activity);
      expect(typeof (reason ?? "")).toBe("string");
      if (since !== undefined) expect(since.toISOString()).toBeString();
    }),
    { numRuns: 300 },
  );
});

test("a status that every object inherits is one we do not know", () => {
  for (const status of ["constructor", "__proto__", "toString"]) {
    const home = temporaryFolder();
    place(sessionFileIn(home), JSON.stringify({ ...sessionFile, status }));
    expect(claudeStateIn(home)).toMatchObject({ activity: "unknown", reason: `its session file says ${status}` });
  }
});

test("what is no text is no reason, and what is no moment tells no time", () => {
  for (const [waitingFor, statusUpdatedAt] of [
    [{}, "yesterday"],
    [5, 1e300],
    [null, null],
  ]) {
    const home = temporaryFolder();
    place(sessionFileIn(home), JSON.stringify({ ...sessionFile, waitingFor, statusUpdatedAt }));
    expect(claudeStateIn(home)).toEqual({ activity: "waiting" });
  }
});

const claudeRows = [
  { type: "user", timestamp: "2025-05-31T23:00:00Z", message: { role: "user", content: "do it" } },
  { type: "queue-operation", timestamp: "2025-05-31T23:01:00Z", content: "do more" },
  { type: "assistant", message: { content: [{ type: "text", text: "Done." }] } },
  { type: "system", subtype: "turn_duration", timestamp: "2025-05-31T23:05:00.123Z" },
];

const codexRows = [
  { type: "session_meta", timestamp: "2025-05-31T12:00:05Z", payload: { id: "thread-1", cwd: worktree } },
  { timestamp: "2025-05-31T12:01:00Z", payload: { role: "user", content: [{ type: "input_text", text: "do it" }] } },
  { timestamp: "2025-05-31T13:00:00Z", payload: { type: "task_complete", last_agent_message: "Done." } },
];

const geminiRows = [
  { startTime: "2025-05-31T12:00:05Z", kind: "main" },
  { id: "1", timestamp: "2025-05-31T12:01:00Z", type: "user", content: [{ text: "do it" }] },
  {
    id: "2",
    timestamp: "2025-05-31T13:00:00Z",
    type: "gemini",
    content: "Done.",
    toolCalls: [{ name: "x", args: {} }],
  },
  { id: "3", timestamp: "2025-05-31T13:01:00Z", type: "error", content: '[API Error: {"error":{"code":400}}]' },
];

/** The rows of a transcript, some of them changed, in one of the places where they hold objects. */
function changedRows(rows: readonly Readonly<Record<string, unknown>>[]): fc.Arbitrary<string> {
  const changedRow = (row: Readonly<Record<string, unknown>>) => {
    const nested = (row.message ?? row.payload ?? {}) as Readonly<Record<string, unknown>>;
    const key = row.message === undefined ? "payload" : "message";
    const inner = changedObject(nested).map((value) => ({ ...row, [key]: value }));
    return fc.oneof(fc.constant(row), changedObject(row), inner, fc.jsonValue());
  };
  return fc.tuple(...rows.map(changedRow)).map((changed) => changed.map((row) => `${JSON.stringify(row)}\n`).join(""));
}

const transcripts = [
  {
    agent: claude,
    rows: claudeRows,
    file: (home: string) => join(home, `.claude/projects/-home-me/${session}.jsonl`),
    at: (home: string) => placeOf({ agentSession: session, environment: { HOME: home } }),
  },
  {
    agent: codex,
    rows: codexRows,
    file: (home: string) => join(home, ".codex/sessions/2025/05/31/rollout-2025-05-31T12-00-05-thread-1.jsonl"),
    at: (home: string) => placeOf({ worktree, environment: { HOME: home } }),
  },
  {
    agent: gemini,
    rows: geminiRows,
    file: (home: string) => join(home, ".gemini/tmp/fix-42/chats/session-x.jsonl"),
    at(home: string) {
      place(join(home, ".gemini/projects.json"), JSON.stringify({ projects: { [worktree]: "fix-42" } }));
      return placeOf({ worktree, environment: { HOME: home } });
    },
  },
];

for (const { agent, rows, file, at } of transcripts) {
  test(`whatever ${agent.name} has written, its last turn and its conversation are text with moments, and a question about a prompt has an answer`, async () => {
    const home = temporaryFolder();
    await fc.assert(
      fc.asyncProperty(changedBytes(changedRows(rows)), async (bytes) => {
        place(file(home), bytes);
        const turn = await readOrRefused(file(home), () => agent.lastTurn?.(at(home)));
        if (turn !== undefined) {
          expect(turn.endedAt.toISOString()).toBeString();
          expect(turn.reply).toBeString();
        }
        expect(typeof agent.arrived?.(at(home), "do it", longAgo, "")).toBe("boolean");
        for (const part of agent.conversation?.(at(home)) ?? []) {
          expect("text" in part ? part.text : part.argument).toBeString();
          if (part.at !== undefined) expect(part.at.toISOString()).toBeString();
        }
        const state = agent.state(signalsOf({ title: "◇ fix-42", place: at(home) }));
        expect(activities).toContain(state.activity);
        expect(typeof (state.reason ?? "")).toBe("string");
        const { argv = [] } = agent.resume?.(requestFor(), at(home)) ?? {};
        for (const word of argv) expect(word).toBeString();
      }),
      { numRuns: 300 },
    );
  });

  for (const [what, make] of Object.entries(noFiles)) {
    test(`${what} where ${agent.name} has its transcript is none`, () => {
      const home = temporaryFolder();
      make(file(home));
      expect(agent.lastTurn?.(at(home))).toBeUndefined();
      expect(agent.arrived?.(at(home), "do it", longAgo, "")).toBe(false);
      expect(agent.resume?.(requestFor(), at(home))).toBeUndefined();
    });
  }
}

test("parts of Claude's rows that are no parts say nothing", () => {
  for (const content of [[null], 5, {}, [{ type: "text", text: 5 }], [["text"]]]) {
    const home = temporaryFolder();
    const end = { subtype: "turn_duration", timestamp: "2025-05-31T23:05:00Z" };
    writeRows(join(home, `.claude/projects/-x/${session}.jsonl`), [{ type: "assistant", message: { content } }, end]);
    expect(claude.lastTurn?.(placeOf({ agentSession: session, environment: { HOME: home } }))).toEqual({
      endedAt: new Date("2025-05-31T23:05:00Z"),
      reply: "",
    });
  }
});

test("an id of a Codex session that is none is not put on a command line", () => {
  for (const id of ["--yolo", "", 5, null, "a b", "-"]) {
    const home = temporaryFolder();
    const meta = { timestamp: "2025-05-31T12:00:05Z", payload: { id, cwd: worktree } };
    writeRows(join(home, ".codex/sessions/2025/05/31/rollout-x.jsonl"), [meta]);
    expect(codex.resume?.(requestFor(), placeOf({ worktree, environment: { HOME: home } }))).toBeUndefined();
  }
});

const stateFile = {
  numStartups: 12,
  projects: { "/code/other": { history: ["x"] }, "/code/project": { lastCost: 1.5 } },
  customApiKeyResponses: { approved: ["another"], rejected: ["a third"] },
};
function consentRequest() {
  return requestFor({
    trustNotes: join(temporaryFolder(), "claude.json"),
    environment: { ANTHROPIC_API_KEY: "sk-ant-0123456789abcdefghij" },
  });
}

test("whatever Claude's own file holds, only answers are added to it, or it is left as it is", async () => {
  const file = join(temporaryFolder(), ".claude.json");
  const request = consentRequest();
  const text = fc
    .oneof(
      changedObject(stateFile),
      changedObject(stateFile.projects).map((projects) => ({ ...stateFile, projects })),
      changedObject(stateFile.customApiKeyResponses).map((responses) => ({
        ...stateFile,
        customApiKeyResponses: responses,
      })),
    )
    .map((value) => JSON.stringify(value));
  await fc.assert(
    fc.asyncProperty(changedBytes(text), async (bytes) => {
      place(file, bytes);
      await readOrRefused(file, () => giveConsent(file, request));
      const after = readFileSync(file);
      if (!after.equals(bytes)) expect(JSON.parse(after.toString())).toMatchObject(withoutAnswers(bytes));
      rmSync(file);
      expect(readdirSync(dirname(file))).toEqual([]);
    }),
    { numRuns: 80 },
  );
});

/** What was in the file, but for the places where answers go. */
function withoutAnswers(bytes: Uint8Array): object {
  const { projects, customApiKeyResponses, hasCompletedOnboarding, ...rest } = JSON.parse(
    new TextDecoder().decode(bytes),
  );
  const { "/code/project": project, ...others } = projects ?? {};
  return { ...rest, projects: others };
}

test("a file of Claude's whose parts are not as they were is left as it is", async () => {
  for (const [key, value] of [
    ["projects", "text"],
    ["projects", ["x"]],
    ["projects", { "/code/project": "trusted" }],
    ["customApiKeyResponses", 5],
    ["customApiKeyResponses", { approved: "all" }],
    ["customApiKeyResponses", { rejected: 5 }],
  ] as const) {
    const file = join(temporaryFolder(), ".claude.json");
    const before = JSON.stringify({ ...stateFile, [key]: value });
    place(file, before);
    await giveConsent(file, consentRequest());
    expect(readFileSync(file, "utf8")).toBe(before);
  }
});
