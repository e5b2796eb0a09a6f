import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { qwen } from "../../../src/agents/qwen/qwen.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { placeOf, requestFor, signalsOf, writeRows } from "./samples.ts";

const recordings = join(import.meta.dir, "../../fixtures/agents/qwen-0.15.10");
const rows = readFileSync(join(recordings, "rows.jsonl"), "utf8").trimEnd().split("\n");
const session = "11111111-2222-4333-8444-555555555555";
const ready = "  > hello\n\n─────\n*   Type your message or @path/to/file\n─────\n  YOLO mode (shift + tab to cycle)\n";
const busy = `  ⠴ Thinking about it... (1s · esc to cancel)\n\n  second one\n${ready.slice(11)}`;

/** Where a conversation is that has come as far as the row with this text. */
function placeUpTo(text: string, variable = "HOME") {
  const home = temporaryFolder();
  const last = rows.findLastIndex((row) => row.includes(text));
  const directory = variable === "HOME" ? join(home, ".qwen") : home;
  const chats = join(directory, "projects/-home-me--ai-fleet-worktrees-fix-42/chats");
  writeRows(
    join(chats, `${session}.jsonl`),
    rows.slice(0, last + 1).map((row) => JSON.parse(row) as unknown),
  );
  return placeOf({ agentSession: session, environment: { [variable]: home } });
}

test("it is started with a conversation that we name, and goes on with it", () => {
  const request = requestFor({ program: "qwen", flags: ["--yolo"], sessionId: session });
  expect(qwen.commandLine(request).argv).toEqual(["qwen", "--yolo", "--session-id", session]);
  expect(qwen.describe(["--yolo"])).toEqual({
    prompt: { kind: "option", option: "-i" },
    permission: "never asks",
    namesConversation: true,
  });
  expect(qwen.describe([]).permission).toBe("asks before it acts");
  expect(qwen.resume?.(request, placeUpTo("say hello"))?.argv).toEqual(["qwen", "--yolo", "--resume", session]);
  expect(qwen.resume?.(request, placeOf({ agentSession: session }))).toBeUndefined();
});

test("what was said before the worktree was moved is found by the id of the conversation, and cannot be gone on with", () => {
  const before = placeUpTo("say hello");
  const placeUntil = (until: string) => ({
    ...before,
    worktree: "/home/me/moved",
    earlier: [{ worktree: before.worktree, until: new Date(until) }],
  });
  const place = placeUntil("2026-11-29T00:00:00Z");
  const file = join(
    before.environment.HOME ?? "",
    `.qwen/projects/-home-me--ai-fleet-worktrees-fix-42/chats/${session}.jsonl`,
  );
  expect([...(qwen.conversation?.(place) ?? [])].at(-1)).toMatchObject({ by: "user", text: "say hello" });
  expect(qwen.usage?.files(place)).toEqual([{ path: file, session }]);
  // Whoever was there afterwards is another agent.
  expect(qwen.usage?.files(placeUntil("2026-11-28T06:00:00Z"))).toEqual([]);
  expect(qwen.resume?.(requestFor(), place)).toBeUndefined();
  expect(qwen.leavesBehind?.(place)).toEqual({
    why: "Qwen Code goes on with a conversation only in the directory where it began",
    file,
  });
  expect(qwen.leavesBehind?.(before)).toBeUndefined();
  expect(qwen.leavesBehind?.(placeOf({ agentSession: session }))).toBeUndefined();
});

test("its screen says what it is doing", () => {
  expect(qwen.state(signalsOf())).toEqual({ activity: "starting" });
  expect(qwen.state(signalsOf({ screen: `${ready}  ⠦ Initializing...\n` }))).toEqual({ activity: "starting" });
  expect(qwen.state(signalsOf({ screen: ready }))).toEqual({ activity: "idle" });
  expect(qwen.state(signalsOf({ screen: busy }))).toEqual({ activity: "working" });
  expect(qwen.state(signalsOf({ screen: readFileSync(join(recordings, "asks.txt"), "utf8") }))).toMatchObject({
    activity: "waiting",
    detail: {
      kind: "question",
      choices: [
        "Yes, allow once",
        "Always allow run 'touch *' commands in this project",
        "Always allow run 'touch *' commands for this user",
        "No, suggest changes (esc)",
      ],
    },
  });
});

test("its question is read from a screen with styles, too", () => {
  const screen = readFileSync(join(recordings, "asks.txt"), "utf8").replaceAll(/│|›|\?/g, "\x1b[33m$&\x1b[39m");
  expect(qwen.question?.(screen)?.choices.length).toBe(4);
});

test("its transcript says why there is no answer, and nothing of a turn that was interrupted", () => {
  const failed = signalsOf({ screen: ready, place: placeUpTo("BadRequestError") });
  expect(qwen.state(failed)).toMatchObject({
    activity: "error",
    reason: "model refused (400): Invalid value for 'input'.",
    detail: { cause: "refusal", httpStatus: 400, retrying: false },
  });
  expect(qwen.state({ ...failed, screen: busy })).toMatchObject({ activity: "working", detail: { retrying: true } });
  expect(qwen.state(signalsOf({ screen: ready, place: placeUpTo("APIUserAbortError") }))).toEqual({ activity: "idle" });
});

test("its transcript holds the prompts and the last turn, wherever its home is", () => {
  for (const variable of ["HOME", "QWEN_HOME", "QWEN_RUNTIME_DIR"]) {
    const place = placeUpTo("Done: You said: run-shell", variable);
    expect(qwen.lastTurn?.(place)?.reply).toBe("Done: You said: run-shell touch made.txt");
    expect(qwen.arrived?.(place, "run-shell touch made.txt", new Date(0), "")).toBe(true);
    expect(qwen.arrived?.(place, "run-shell touch made.txt", new Date("2027-01-01"), "")).toBe(false);
    expect([...(qwen.conversation?.(place) ?? [])].reverse()).toMatchObject([
      { by: "user", text: "say hello" },
      { by: "agent", text: "You said: say hello" },
      { by: "user", text: "run-shell touch made.txt" },
      { by: "agent", text: "You said: run-shell touch made.txt" },
      { by: "tool", tool: "run_shell_command", kind: "run", argument: "touch made.txt" },
      { by: "agent", text: "Done: You said: run-shell touch made.txt" },
    ]);
  }
});

test("a prompt in its queue has arrived, one in its input box has not", () => {
  expect(qwen.arrived?.(placeOf(), "second one", new Date(), busy)).toBe(true);
  expect(qwen.arrived?.(placeOf(), "Type your message", new Date(), busy)).toBe(false);
});

test("each answer is counted once, those to questions of its own included", () => {
  const { usage } = qwen;
  if (usage?.kind !== "files") throw new Error("it appends to files");
  const place = placeUpTo("say hello");
  const [file] = usage.files(place);
  if (file === undefined) throw new Error("there is no file");
  const replies = rows.flatMap((row) => usage.read(JSON.parse(row), {}, place, file).reply ?? []);
  expect(replies.length).toBe(rows.filter((row) => row.includes("api_response")).length);
  expect(replies[0]?.tokens).toEqual({ input: 109, cacheRead: 1027, cacheWrite: 0, cacheWriteHour: 0, output: 19 });
});

test("a prompt is written so that it is taken for text", () => {
  expect(["--help", "!ls", "/help me", "?", "/etc/hosts is broken", "plain"].map((text) => qwen.message(text))).toEqual(
    [" --help", "Task: !ls", "Task: /help me", "Task: ?", "/etc/hosts is broken", "plain"],
  );
});
