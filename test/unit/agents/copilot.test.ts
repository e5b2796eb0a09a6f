import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { copilot } from "../../../src/agents/copilot/copilot.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { placeOf, requestFor, signalsOf, writeRows } from "./samples.ts";

const recordings = join(import.meta.dir, "../../fixtures/agents/copilot-1.0.102");
const rows = readFileSync(join(recordings, "events.jsonl"), "utf8").trimEnd().split("\n");
const session = "11111111-2222-4333-8444-555555555555";

function screenOf(name: string): string {
  return readFileSync(join(recordings, `${name}.txt`), "utf8");
}

/** Where a session is that has come as far as the event with this text. */
function placeUpTo(text: string, variable = "HOME") {
  const home = temporaryFolder();
  const last = rows.findLastIndex((row) => row.includes(text));
  const directory = variable === "HOME" ? join(home, ".copilot") : home;
  writeRows(
    join(directory, "session-state", session, "events.jsonl"),
    rows.slice(0, last + 1).map((row) => JSON.parse(row) as unknown),
  );
  return placeOf({ agentSession: session, environment: { [variable]: home } });
}

test("it is started with a session that we name, and goes on with it", () => {
  const request = requestFor({ program: "copilot", flags: ["--allow-all"], sessionId: session });
  expect(copilot.commandLine(request)).toEqual({
    argv: ["copilot", "--allow-all", "--session-id", session],
    environment: { COPILOT_ALLOW_ALL: "true" },
  });
  expect(copilot.describe(["--yolo"])).toEqual({
    prompt: { kind: "option", option: "-i" },
    permission: "never asks",
    namesConversation: true,
  });
  expect(copilot.resume?.(request, placeUpTo("say hello"))?.argv).toEqual([
    ...["copilot", "--allow-all", "-C", request.worktree, "--resume", session],
  ]);
});

test("a session without a prompt is none to go on with", () => {
  expect(copilot.resume?.(requestFor(), placeUpTo("session.start"))).toBeUndefined();
  expect(copilot.resume?.(requestFor(), placeOf({ agentSession: session }))).toBeUndefined();
});

test("without the flag that lets it do everything it asks, also whether it may trust the directory", () => {
  expect(copilot.commandLine(requestFor()).environment).toEqual({});
  expect(copilot.describe([]).permission).toBe("asks before it acts");
});

test("its screen says what it is doing", () => {
  const activities = ["loading", "idle", "draft", "works", "queue", "asks", "trust", "rewind"].map((name) => [
    name,
    copilot.state(signalsOf({ screen: screenOf(name) })).activity,
  ]);
  expect(Object.fromEntries(activities)).toEqual({
    ...{ loading: "starting", idle: "idle", draft: "idle", works: "working", queue: "working" },
    ...{ asks: "waiting", trust: "waiting", rewind: "waiting" },
  });
  expect(copilot.state(signalsOf())).toEqual({ activity: "starting" });
});

test("its questions are read with their choices", () => {
  expect(copilot.question?.(screenOf("asks"))).toEqual({
    text: "what the user asked for\ntouch made.txt\nDo you want to run this command?",
    choices: [
      "Yes",
      "Yes, and don't ask again for `touch` in this repo (~/app)",
      "No, and tell Copilot what to do differently (Esc to stop)",
    ],
  });
  expect(copilot.question?.(screenOf("trust"))?.choices).toEqual([
    ...["Yes", "Yes, and remember this folder for future sessions", "No (Esc)"],
  ]);
  expect(copilot.question?.(screenOf("idle"))).toBeUndefined();
});

test("a draft is what stands between the rules, unless a dialog does", () => {
  expect(copilot.draft?.(screenOf("draft"))).toBe("a draft\nof two lines");
  expect(copilot.draft?.(screenOf("idle"))).toBe("");
  expect(copilot.draft?.(screenOf("asks"))).toBeUndefined();
});

test("a prompt of several lines has arrived when it waits for the next request", () => {
  const rule = "─".repeat(40);
  const lines = [
    " ❯ begin",
    " ❯ first line      21:56",
    "",
    "   second line",
    "   └ [pending · ↑ recall]",
    rule,
    "❯",
    rule,
  ];
  const arrived = (text: string) => copilot.arrived?.(placeUpTo("session.start"), text, new Date(), lines.join("\n"));
  expect([arrived("first line\n\nsecond line"), arrived("begin")]).toEqual([true, false]);
});

test("a prompt in its queue has arrived, whether it waits for the turn or for the next request", () => {
  const screen = screenOf("queue");
  expect(copilot.queue?.isShown(screen)).toBe(true);
  expect(copilot.queue?.isShown(screenOf("works"))).toBe(false);
  expect(
    ["the second", "the third", "slow-reply 9000 first"].map((text) =>
      copilot.arrived?.(placeOf(), text, new Date(), screen),
    ),
  ).toEqual([...[true, true, false]]);
});

test("its events say why there is no answer, and nothing of a turn that was stopped", () => {
  const screen = screenOf("idle");
  expect(copilot.state(signalsOf({ screen, place: placeUpTo("(HTTP 401)") }))).toMatchObject({
    activity: "error",
    reason: "key rejected (401)",
    since: new Date("2026-11-28T12:01:26.384Z"),
  });
  expect(copilot.state(signalsOf({ screen, place: placeUpTo("user_abort") })).activity).toBe("idle");
  expect(copilot.state(signalsOf({ screen: screenOf("works"), place: placeUpTo("(HTTP 401)") })).activity).toBe(
    "working",
  );
});

test("its events hold the prompts and the last turn, wherever its home is", () => {
  for (const variable of ["HOME", "COPILOT_HOME"]) {
    const place = placeUpTo("Done: You said", variable);
    expect(copilot.lastTurn?.(place)?.reply).toEndWith("run-shell touch made.txt");
    expect(copilot.arrived?.(place, "run-shell touch made.txt", new Date(0), "")).toBe(true);
    expect(copilot.arrived?.(place, "run-shell touch made.txt", new Date("2027-01-01"), "")).toBe(false);
    const said = [...(copilot.conversation?.(place) ?? [])].reverse();
    expect(said.map(({ by }) => by)).toEqual(["user", "agent", "user", "agent", "user", "agent", "tool", "agent"]);
    expect(said[6]).toMatchObject({ tool: "bash", kind: "run", argument: "touch made.txt" });
  }
});

test("each answer is counted once", () => {
  const { usage } = copilot;
  if (usage?.kind !== "files") throw new Error("it appends to files");
  const [file] = usage.files(placeUpTo("and back"));
  if (file === undefined) throw new Error("there is no file");
  const replies = rows.flatMap((row) => usage.read(JSON.parse(row), {}, placeOf(), file).reply ?? []);
  expect(new Set(replies.map(({ id }) => id)).size).toBe(rows.filter((row) => row.includes("usage_record")).length);
  expect(replies[0]?.tokens).toEqual({ input: 108, cacheRead: 1024, cacheWrite: 0, cacheWriteHour: 0, output: 18 });
});

test("a prompt is written so that it is taken for text", () => {
  const prompts = ["--help", "!ls", "/help me", "?", "/etc/hosts is broken", "# 12", "plain"];
  expect(prompts.map((text) => copilot.message(text))).toEqual([
    ...[" --help", "Task: !ls", "Task: /help me", "Task: ?", "/etc/hosts is broken", "# 12", "plain"],
  ]);
});
