import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gemini } from "../../../src/agents/gemini/gemini.ts";
import { homeWith, placeIn, rowsOf } from "./recordings.ts";
import { signalsOf } from "./samples.ts";

const request = {
  program: "/bin/gemini",
  flags: ["--yolo"],
  repository: "/code/project",
  worktree: "/code/worktree",
  sessionId: "",
  statusFile: "",
  notifier: undefined,
  trustNotes: "",
  givenFiles: [],
  environment: {},
  superuser: false,
};

test("it trusts the worktree on its command line and takes the prompt as an option", () => {
  expect(gemini.commandLine(request).argv).toEqual(["/bin/gemini", "--yolo", "--skip-trust"]);
  expect(gemini.describe(["--yolo"])).toEqual({
    prompt: { kind: "option", option: "-i" },
    permission: "never asks (gemini_flags)",
  });
  expect(gemini.describe([]).permission).toBe("asks before it acts (gemini_flags)");
});

test("its title says what it is doing", () => {
  expect(gemini.state(signalsOf({ title: "✦  Working… (fix-42)" }))).toEqual({ activity: "working" });
  expect(gemini.state(signalsOf({ title: "✋  Action Required (fix-42)" }))).toMatchObject({ activity: "waiting" });
  expect(gemini.state(signalsOf({ title: "◇  Ready (fix-42)" }))).toEqual({ activity: "idle" });
  expect(gemini.state(signalsOf({ title: "some-host" }))).toEqual({ activity: "starting" });
});

test("a prompt is text, also when it looks like a command", () => {
  expect(gemini.message("!touch pwned")).toBe("Task: !touch pwned");
  expect(gemini.message("/quit")).toBe("Task: /quit");
  expect(gemini.message("/etc/hosts is broken")).toBe("/etc/hosts is broken");
});

test("its last turn is the newest answer without a tool", () => {
  const place = placeIn(homeWith("gemini", rowsOf("gemini", "tool")));
  expect(gemini.lastTurn?.(place)).toEqual({
    endedAt: new Date("2026-11-24T12:21:06.368Z"),
    reply: "Done: You said: run-shell echo hi; touch x",
  });
  const failed = placeIn(homeWith("gemini", rowsOf("gemini", "401")));
  expect(gemini.lastTurn?.(failed)).toBeUndefined();
  expect(gemini.lastTurn?.({ ...place, startedAt: new Date("2026-11-24T12:30:00Z") })).toBeUndefined();
  expect(gemini.lastTurn?.({ ...place, worktree: "/elsewhere" })).toBeUndefined();
});

const moved = { worktree: "/home/me/moved" };

test("what was said before the worktree was moved is found where that was, and gone on with in a copy", () => {
  const home = homeWith("gemini", rowsOf("gemini", "tool"));
  const placeUntil = (until: string) => ({
    ...placeIn(home),
    ...moved,
    earlier: [{ worktree: placeIn(home).worktree, until: new Date(until) }],
  });
  const place = placeUntil("2026-11-24T13:00:00Z");
  const [file] = gemini.usage?.kind === "files" ? gemini.usage.files(place).map(({ path }) => path) : [];
  expect(file).toEndWith(".gemini/tmp/fix-42/chats/session-2026-11-24T12-11-0b79002e.jsonl");
  expect(gemini.lastTurn?.(place)?.reply).toBe("Done: You said: run-shell echo hi; touch x");
  expect(gemini.resume?.(request, place)?.argv.slice(-2)).toEqual(["--session-file", file ?? ""]);
  expect(gemini.resume?.(request, placeIn(home))?.argv.slice(-2)).toEqual(["--resume", "latest"]);
  // Whoever was there afterwards is another agent.
  const before = placeUntil("2026-11-24T12:00:00Z");
  expect(gemini.lastTurn?.(before)).toBeUndefined();
  expect(gemini.resume?.(request, before)).toBeUndefined();
  expect(gemini.usage?.files(before)).toEqual([]);
});

test("of a conversation that it has copied from elsewhere the file is read that has what was said", () => {
  const home = homeWith("gemini", rowsOf("gemini", "tool"));
  const [head = ""] = rowsOf("gemini", "tool").split("\n");
  const later = { ...(JSON.parse(head) as object), startTime: "2026-11-24T12:30:00.000Z" };
  writeFileSync(join(home, ".gemini/tmp/fix-42/chats/session-2026-11-24T12-30-0b79002e.jsonl"), JSON.stringify(later));
  expect(gemini.lastTurn?.(placeIn(home))?.reply).toBe("Done: You said: run-shell echo hi; touch x");
});

test("a prompt has arrived when it is among those it has logged", () => {
  const home = homeWith("gemini", rowsOf("gemini", "tool"));
  const logged = { type: "user", message: "go on\n\tnow", timestamp: "2026-11-24T12:22:00.000Z" };
  const arrived = (text: string, since: string) => gemini.arrived?.(placeIn(home), text, new Date(since), "");
  expect(arrived("go on\n\tnow", "2026-11-24T12:21:59Z")).toBe(false);
  writeFileSync(join(home, ".gemini/tmp/fix-42/logs.json"), JSON.stringify([logged]));
  expect(arrived("go on\n\tnow", "2026-11-24T12:21:59Z")).toBe(true);
  expect(arrived("go on\n\tnow", "2026-11-24T12:22:01Z")).toBe(false);
  expect(arrived("something else", "2026-11-24T12:21:59Z")).toBe(false);
});

/** What stands at the end of its screen while it says in its title that it works. */
const dialogs: readonly (readonly [string, string])[] = [
  [
    `╭────────────────────────────────────────────────╮
│                                                │
│ Usage limit reached for gemini-3.5-flash-lite. │
│ Access resets at 1:11 PM UTC.                  │
│ /stats model for usage details                 │
│ /model to switch models.                       │
│                                                │
│ ● 1. Switch to gemini-3.1-pro-preview          │
│   2. Stop                                      │
│                                                │
╰────────────────────────────────────────────────╯`,
    "Usage limit reached for gemini-3.5-flash-lite. Access resets at 1:11 PM UTC.",
  ],
  [
    `╭───────────────────────────────────────────────────────────────╮
│ It seems like you don't have access to gemini-3.5-flash-lite. │
│                                                               │
│ ● 1. Switch to gemini-3.1-pro-preview                         │
│   2. Stop                                                     │
╰───────────────────────────────────────────────────────────────╯`,
    "It seems like you don't have access to gemini-3.5-flash-lite.",
  ],
  [
    `✕ [API Error: Could not load the default credentials.]
╭───────────────────────────────────────╮
│ Enter Gemini API Key                  │
│ Please enter your Gemini API key.     │
│ │ Paste your API key here             │
╰───────────────────────────────────────╯`,
    "login missing: asks for a Gemini API key",
  ],
];

for (const [screen, reason] of dialogs) {
  test(`it waits when it shows ${JSON.stringify(reason)}`, () => {
    for (const title of ["✦  Working… (fix-42)", "◇  Ready (fix-42)"]) {
      expect(gemini.state(signalsOf({ title, screen }))).toEqual({ activity: "waiting", reason });
    }
  });
}

test("a box that it has drawn for a tool is no question", () => {
  const screen = "╭────────╮\n│ ✓  Shell ls │\n╰────────╯\n > Type your message";
  expect(gemini.state(signalsOf({ title: "✦  Working… (fix-42)", screen }))).toEqual({ activity: "working" });
});
