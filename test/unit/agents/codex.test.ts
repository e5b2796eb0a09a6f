import { expect, test } from "bun:test";
import { hostname } from "node:os";
import { join } from "node:path";
import { codex } from "../../../src/agents/codex/codex.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { placeOf, requestFor, signalsOf, writeRows } from "./samples.ts";

const trust = 'projects={"/code/project"={trust_level="trusted"}}';

test("it runs without its daemon, trusts the repository, and gets the prompt behind --", () => {
  expect(codex.commandLine(requestFor({ program: "/usr/bin/codex", flags: ["--model", "o9"] }))).toEqual({
    argv: ["/usr/bin/codex", "--no-daemon", "--model", "o9", "-c", trust, "--"],
    environment: {},
    keptOff: [],
  });
  expect(codex.describe(["--model", "o9"])).toEqual({
    prompt: { kind: "argument" },
    permission: "asks before it acts (codex_flags)",
  });
});

test("the repository it trusts is one key, whatever is in its path", () => {
  const { argv } = codex.commandLine(requestFor({ repository: '/code/my "best" project\\ü' }));
  const { projects } = Bun.TOML.parse(argv[argv.indexOf("-c") + 1] ?? "") as { projects: unknown };
  expect(projects).toEqual({ '/code/my "best" project\\ü': { trust_level: "trusted" } });
});

test("an agent that never asks is known by either of two flags", () => {
  for (const flag of ["--dangerously-bypass-approvals-and-sandbox", "--yolo"]) {
    expect(codex.describe([flag]).permission).toBe("never asks (codex_flags)");
  }
});

test("it starts for anybody", () => {
  expect(codex.refusal(requestFor({ superuser: true }))).toBeUndefined();
});

/** Prompts, and what must be sent so that they are read as text. */
const messages: readonly (readonly [string, string])[] = [
  ["write a failing test", "write a failing test"],
  ["doctor", "doctor"],
  ["!touch pwned", " !touch pwned"],
  ["/etc/hosts is broken", "/etc/hosts is broken"],
  ["a\r\nb\x1b[31mc", "a\nb[31mc"],
];

for (const [prompt, message] of messages) {
  test(`${JSON.stringify(prompt)} is sent as ${JSON.stringify(message)}`, () => {
    expect(codex.message(prompt)).toBe(message);
  });
}

test("a command is not run", () => {
  for (const command of ["/quit", "/compact now", "/new\nand go on"])
    expect(codex.message(command)).toBe(` ${command}`);
});

function stateWith(title: string) {
  return codex.state(signalsOf({ title }));
}

test("its title says what it is doing", () => {
  expect(stateWith("fix-42")).toEqual({ activity: "idle" });
  for (const spinner of ["⠋", "⠹", "⣿"]) expect(stateWith(`${spinner} fix-42`)).toEqual({ activity: "working" });
  expect(stateWith("[ ! ] Action Required | fix-42")).toMatchObject({
    activity: "waiting",
    reason: "asks for a decision",
  });
});

test("before it has a title of its own it is starting", () => {
  for (const title of ["", hostname()]) expect(stateWith(title)).toEqual({ activity: "starting" });
});

interface Rollout {
  readonly day?: string;
  readonly id?: string;
  readonly cwd?: string;
  readonly startedAt?: string;
  readonly replies?: readonly (string | null)[];
}

function writeRollout(home: string, different: Rollout = {}): void {
  const {
    day = "2025/05/31",
    id = "thread-1",
    cwd = "/home/me/.ai_fleet/worktrees/fix-42",
    replies = ["Done."],
  } = different;
  const { startedAt = "2025-05-31T12:00:05Z" } = different;
  const begun = { type: "event_msg", timestamp: startedAt, payload: { type: "task_started" } };
  const turns = replies.flatMap((reply, index) => [
    begun,
    {
      type: "event_msg",
      timestamp: `2025-05-31T13:0${index}:00Z`,
      payload: { type: "task_complete", last_agent_message: reply },
    },
  ]);
  const meta = { type: "session_meta", timestamp: startedAt, payload: { id, cwd, timestamp: startedAt } };
  writeRows(join(home, ".codex/sessions", day, `rollout-${startedAt}-${id}.jsonl`), [meta, ...turns, begun]);
}

function turnIn(home: string, environment = {}) {
  return codex.lastTurn?.(placeOf({ environment: { HOME: home, ...environment } }));
}

test("the last finished turn is that of the session in its worktree", () => {
  const home = temporaryFolder();
  expect(turnIn(home)).toBeUndefined();
  writeRollout(home, { id: "thread-0", cwd: "/home/me/elsewhere", startedAt: "2025-05-31T12:30:00Z" });
  expect(turnIn(home)).toBeUndefined();
  writeRollout(home, { replies: ["First.", "Second."] });
  expect(turnIn(home)).toEqual({ endedAt: new Date("2025-05-31T13:01:00Z"), reply: "Second." });
  expect(turnIn("/nowhere", { CODEX_HOME: join(home, ".codex") })?.reply).toBe("Second.");
});

test("a session of a later day is found, too", () => {
  const home = temporaryFolder();
  writeRollout(home, { day: "2025/06/02", startedAt: "2025-06-02T09:00:00Z", replies: ["Later."] });
  expect(turnIn(home)?.reply).toBe("Later.");
});

test("a turn that has only begun is not finished, and one may end without a word", () => {
  const [begun, silent] = [temporaryFolder(), temporaryFolder()];
  writeRollout(begun, { replies: [] });
  expect(turnIn(begun)).toBeUndefined();
  writeRollout(silent, { replies: [null] });
  expect(turnIn(silent)?.reply).toBe("");
});

test("the session of an earlier agent in a worktree of the same name is not its own", () => {
  const home = temporaryFolder();
  writeRollout(home, { startedAt: "2025-05-31T08:00:00Z" });
  expect(turnIn(home)).toBeUndefined();
  expect(codex.resume?.(requestFor(), placeOf({ environment: { HOME: home } }))).toBeUndefined();
});

test("what was said before the worktree was moved is found where that was, and gone on with in the folder of now", () => {
  const home = temporaryFolder();
  writeRollout(home);
  const moved = { worktree: "/home/me/moved", environment: { HOME: home } };
  expect(codex.lastTurn?.(placeOf(moved))).toBeUndefined();
  const was = (until: string) => [{ worktree: "/home/me/.ai_fleet/worktrees/fix-42", until: new Date(until) }];
  const place = placeOf({ ...moved, earlier: was("2025-06-01T00:00:00Z") });
  expect(codex.lastTurn?.(place)?.reply).toBe("Done.");
  expect(codex.resume?.(requestFor({ worktree: "/home/me/moved" }), place)?.argv.slice(0, 5)).toEqual([
    ...["/usr/bin/agent", "resume", "thread-1", "-C", "/home/me/moved"],
  ]);
  // Whoever was there afterwards is another agent.
  expect(codex.lastTurn?.(placeOf({ ...moved, earlier: was("2025-05-31T12:00:01Z") }))).toBeUndefined();
});

test("a conversation is gone on with when there is one", () => {
  const home = temporaryFolder();
  const resumed = () =>
    codex.resume?.(requestFor({ program: "codex", flags: ["--yolo"] }), placeOf({ environment: { HOME: home } }));
  expect(resumed()).toBeUndefined();
  writeRollout(home);
  const { worktree } = requestFor();
  expect(resumed()?.argv).toEqual([
    ...["codex", "resume", "thread-1", "-C", worktree],
    ...["--no-daemon", "--yolo", "-c", trust, "--"],
  ]);
});
