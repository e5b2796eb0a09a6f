import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentSignals } from "../../../src/agents/adapter.ts";
import { claude } from "../../../src/agents/claude/claude.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { hostilePrompts } from "../../helpers/text.ts";
import { placeOf, requestFor, writeRows } from "./samples.ts";

const bypass = "--dangerously-skip-permissions";
const settings = '{"skipDangerousModePermissionPrompt":true}';
const session = "6f9619ff-8b86-4011-b42d-00cf4fc964ff";

test("a conversation is started under the id that was chosen, with the user's flags and the prompt behind --", () => {
  expect(
    claude.commandLine(requestFor({ program: "/usr/bin/claude", flags: ["--model", "opus"], sessionId: session })),
  ).toEqual({
    argv: ["/usr/bin/claude", "--model", "opus", "--session-id", session, "--permission-mode", "default", "--"],
    environment: {},
    keptOff: [],
  });
  expect(claude.describe(["--model", "opus"])).toEqual({
    prompt: { kind: "argument" },
    permission: "asks before it acts (claude_flags)",
    namesConversation: true,
  });
});

test("an agent that never asks does not ask whether it may, either", () => {
  const { argv } = claude.commandLine(requestFor({ program: "claude", flags: [bypass], sessionId: session }));
  expect(argv).toEqual(["claude", bypass, "--session-id", session, "--settings", settings, "--"]);
  expect(claude.describe([bypass]).permission).toBe("never asks (claude_flags)");
});

const refusals = [
  { flags: [bypass], superuser: true, environment: {}, refused: true },
  { flags: [bypass], superuser: true, environment: { IS_SANDBOX: "yes" }, refused: true },
  { flags: [bypass], superuser: true, environment: { IS_SANDBOX: "1" }, refused: false },
  { flags: [bypass], superuser: true, environment: { CLAUDE_CODE_BUBBLEWRAP: "1" }, refused: false },
  { flags: [bypass], superuser: false, environment: {}, refused: false },
  { flags: [], superuser: true, environment: {}, refused: false },
];

for (const { refused, ...request } of refusals) {
  test(`with ${JSON.stringify(request)} it ${refused ? "would exit at once" : "starts"}`, () => {
    const refusal = claude.refusal(requestFor(request));
    if (refused) expect(refusal).toMatchObject({ kind: "failed", hint: expect.stringContaining("IS_SANDBOX=1") });
    else expect(refusal).toBeUndefined();
  });
}

/** Prompts, and what must be sent so that they are read as text. */
const messages: readonly (readonly [string, string])[] = [
  ["write a failing test", "write a failing test"],
  ["doctor", " doctor"],
  ["-h", " -h"],
  ["修复", " 修复"],
  ["/etc/hosts is broken", "/etc/hosts is broken"],
  ["/compact now", "Task: /compact now"],
  ["  /compact now", "Task:   /compact now"],
  ["/mcp__server__tool now", "Task: /mcp__server__tool now"],
  ["/plugin:command now", "Task: /plugin:command now"],
  ["/clear\nand go on", "Task: /clear\nand go on"],
  ["a\r\nb\rc", "a\nb\nc"],
  ["red \x1b[31mtext\x1b[201~ \x07\x08\x7f", "red [31mtext[201~ "],
  ["keeps\ttabs\n\nand lines\n", "keeps\ttabs\n\nand lines\n"],
];

for (const [prompt, message] of messages) {
  test(`${JSON.stringify(prompt)} is sent as ${JSON.stringify(message)}`, () => {
    expect(claude.message(prompt)).toBe(message);
  });
}

test("a command alone is not run, though blanks before it are ignored", () => {
  for (const command of ["/exit", "/clear", "/status", "/plugin:command"]) {
    expect(claude.message(command)).toBe(`Task: ${command}`);
  }
});

test("a ! in front does not run a shell command", () => {
  expect(claude.message("!touch pwned")).toBe(" !touch pwned");
});

test("what is sent is the prompt, but for control characters and what goes in front", () => {
  for (const { text } of hostilePrompts) {
    const visible = text.replace(/\r\n?/g, "\n").replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "");
    expect(claude.message(text)).toEndWith(visible);
    expect(claude.message(text).length - visible.length).toBeLessThanOrEqual("Task: ".length);
  }
});

test("a word that would end it is text, and a backslash at the end of a paste does not hold back its Enter", () => {
  for (const word of ["exit", "quit", ":q", ":wq!"]) expect(claude.message(word)).toBe(`Task: ${word}`);
  expect(claude.message("exit the loop early")).toBe("exit the loop early");
  expect(claude.pasted?.("ends with \\")).toBe("ends with \\ ");
  expect(claude.pasted?.("does not")).toBe("does not");
});

/** What Claude Code 2.1 writes. */
const sessionFile = {
  pid: 1503,
  sessionId: session,
  cwd: "/home/me/.ai_fleet/worktrees/fix-42",
  startedAt: 1_795_328_417_096,
  version: "2.1.330",
  kind: "interactive",
  status: "busy",
  statusUpdatedAt: 1_795_328_418_995,
  procStart: "148224",
};
const since = new Date(1_795_328_418_995);

function stateWith(file: unknown, different: Partial<AgentSignals> = {}) {
  const home = temporaryFolder();
  const configuration = join(home, ".claude");
  mkdirSync(join(configuration, "sessions"), { recursive: true });
  if (file !== undefined) {
    writeFileSync(join(configuration, "sessions", "1503.json"), typeof file === "string" ? file : JSON.stringify(file));
  }
  return claude.state({
    pid: 1503,
    screen: "",
    processStart: "148224",
    title: "✳ fix-42",
    event: undefined,
    place: placeOf({ environment: { HOME: home } }),
    ...different,
  });
}

test("its session file says what it is doing", () => {
  expect(stateWith(sessionFile)).toEqual({ activity: "working", since });
  expect(stateWith({ ...sessionFile, status: "idle" })).toEqual({ activity: "idle", since, hasBegun: true });
  expect(stateWith({ ...sessionFile, status: "waiting", waitingFor: "permission prompt" })).toMatchObject({
    activity: "waiting",
    reason: "permission prompt",
    since,
  });
});

test("it has done something when it is idle again, and nothing yet when it is so since before it wrote its session file", () => {
  const idle = { ...sessionFile, status: "idle" };
  expect(stateWith(idle).hasBegun).toBe(true);
  expect(stateWith({ ...idle, statusUpdatedAt: idle.startedAt - 400 }).hasBegun).toBeUndefined();
  expect(stateWith({ ...idle, startedAt: undefined }).hasBegun).toBeUndefined();
});

test("it is idle while a command of it runs on in the background", () => {
  expect(stateWith({ ...sessionFile, status: "shell" })).toEqual({ activity: "idle", since, hasBegun: true });
});

test("the question on its screen is why it waits", () => {
  const folder = join(import.meta.dir, "../../fixtures/agents/claude-2.1.330/screens");
  const screen = readFileSync(join(folder, "asks.txt"), "utf8");
  expect(stateWith({ ...sessionFile, status: "waiting", waitingFor: "permission prompt" }, { screen })).toMatchObject({
    activity: "waiting",
    reason: "Bash command · what the user asked for · touch asked.txt · Do you want to proceed?",
    since,
  });
});

test("a status we do not know is said as it is", () => {
  expect(stateWith({ ...sessionFile, status: "dreaming" })).toEqual({
    activity: "unknown",
    reason: "its session file says dreaming",
    since,
  });
});

test("before its session file is there, or while it is that of an earlier process, it is starting", () => {
  for (const file of [undefined, "", '{"pid":15', { ...sessionFile, procStart: "7" }, {}]) {
    expect(stateWith(file)).toEqual({ activity: "starting" });
  }
});

test("a session file that is no object says nothing", () => {
  for (const file of ["null", "[]", "3"]) expect(stateWith(file)).toEqual({ activity: "starting" });
});

test("its configuration may lie elsewhere", () => {
  const elsewhere = temporaryFolder();
  mkdirSync(join(elsewhere, "sessions"));
  writeFileSync(join(elsewhere, "sessions", "1503.json"), JSON.stringify({ ...sessionFile, status: "idle" }));
  const place = placeOf({ environment: { HOME: "/nowhere", CLAUDE_CONFIG_DIR: elsewhere } });
  expect(stateWith(sessionFile, { place }).activity).toBe("idle");
});

const turn = [
  { type: "user", message: { role: "user", content: "do it" } },
  {
    type: "assistant",
    message: {
      content: [
        { type: "text", text: "I will." },
        { type: "tool_use", name: "Bash" },
      ],
    },
  },
  {
    type: "assistant",
    message: {
      content: [
        { type: "text", text: "Done: " },
        { type: "text", text: "all green." },
      ],
    },
  },
  { type: "assistant", message: { content: [{ type: "tool_use", name: "TodoWrite" }] } },
  { type: "system", subtype: "turn_duration", durationMs: 4711, timestamp: "2025-05-31T23:05:00.123Z" },
];

function claudeHome(rows: readonly unknown[]): string {
  const home = temporaryFolder();
  writeRows(join(home, ".claude/projects/-home-me-worktrees-fix-42", `${session}.jsonl`), rows);
  return home;
}

function turnIn(home: string, agentSession: string | null = session) {
  return claude.lastTurn?.(placeOf({ agentSession, environment: { HOME: home } }));
}

test("the last finished turn ends with what was said last in it", () => {
  const finished = { endedAt: new Date("2025-05-31T23:05:00.123Z"), reply: "Done: all green." };
  expect(turnIn(claudeHome(turn))).toEqual(finished);
  expect(turnIn(claudeHome([...turn, { type: "user" }, { type: "assistant", message: { content: "wait" } }]))).toEqual(
    finished,
  );
  expect(turnIn(claudeHome([{ type: "api-request", body: "x".repeat(2_000_000) }, ...turn, '{"type":"assis']))).toEqual(
    finished,
  );
});

test("before the end of the first turn there is none", () => {
  expect(turnIn(temporaryFolder())).toBeUndefined();
  expect(turnIn(claudeHome(turn.slice(0, 3)))).toBeUndefined();
  expect(turnIn(claudeHome(turn), "another")).toBeUndefined();
  expect(turnIn(claudeHome(turn), null)).toBeUndefined();
});

test("a conversation is gone on with when there is one", () => {
  const request = requestFor({ program: "claude", flags: [bypass], sessionId: "a new id" });
  const resumed = (home: string) =>
    claude.resume?.(request, placeOf({ agentSession: session, environment: { HOME: home } }));
  expect(resumed(claudeHome(turn))).toEqual({
    argv: ["claude", bypass, "--resume", session, "--settings", settings, "--"],
    environment: {},
    conversation: session,
    keptOff: [],
  });
  expect(resumed(temporaryFolder())).toBeUndefined();
});
