import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { opencode } from "../../../src/agents/opencode/opencode.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { idleIn, opencodeHome, placeIn } from "./recordings.ts";
import { requestFor, signalsOf } from "./samples.ts";

test("its screen says what it is doing", () => {
  expect(opencode.state(signalsOf({ screen: " \n" }))).toEqual({ activity: "starting" });
  expect(opencode.state(signalsOf({ screen: "Exporting session: ses_1\n" }))).toEqual({ activity: "starting" });
  expect(opencode.state(signalsOf({ screen: "  Build · mock-1\n  ⬝⬝⬝⬝ esc interrupt" }))).toEqual({
    activity: "working",
  });
  expect(opencode.state(signalsOf({ screen: "  ⬝⬝⬝⬝ esc again to interrupt" }))).toEqual({ activity: "working" });
  expect(opencode.state(signalsOf({ screen: "  △ Permission required\n  Allow once" }))).toMatchObject({
    activity: "waiting",
  });
  expect(opencode.state(signalsOf({ screen: "  Build · mock-1\n  ctrl+p commands" }))).toEqual({ activity: "idle" });
});

test("while it asks its model again its screen says why, and when", () => {
  const stateWith = (line: string) => opencode.state(signalsOf({ screen: `  Build · mock-1\n${line}  esc interrupt` }));
  expect(stateWith(" ■■■■■■⬝⬝ Rate limit reached for requests. [retrying in 16s attempt #4]")).toMatchObject({
    activity: "working",
    reason: "retrying in 16s: rate limited",
  });
  expect(stateWith(" ⬝⬝⬝■■ Cannot connect to API: Unable to connect. Is the… [retrying attempt #2]")).toMatchObject({
    activity: "working",
    reason: "retrying: network: no connection",
  });
});

test("its last turn is the newest answer", () => {
  const place = placeIn(opencodeHome("tool"));
  expect(opencode.lastTurn?.(place)).toEqual({
    endedAt: new Date(1_795_522_931_359),
    reply: "Done: You said: run-shell echo hi; touch x",
  });
  expect(opencode.lastTurn?.(placeIn(opencodeHome("404")))).toBeUndefined();
  expect(opencode.lastTurn?.({ ...place, startedAt: new Date("2026-11-24T13:00:00Z") })).toBeUndefined();
});

test("what was said before the worktree was moved is found where that was, and taken along before it goes on", () => {
  const home = opencodeHome("tool");
  const { worktree: path, ...rest } = placeIn(home);
  const placeUntil = (until: string) => ({
    ...rest,
    worktree: "/home/me/moved",
    earlier: [{ worktree: path, until: new Date(until) }],
  });
  const place = placeUntil("2026-11-24T13:00:00Z");
  const request = requestFor({ program: "opencode", worktree: "/home/me/moved" });
  expect(opencode.lastTurn?.(place)?.reply).toBe("Done: You said: run-shell echo hi; touch x");
  expect(opencode.usage?.kind === "database" && opencode.usage.replies(place).length).toBeGreaterThan(0);
  const [shell, , script, ...words] = opencode.resume?.(request, place)?.argv ?? [];
  const [, , id = ""] = words;
  expect([shell, words]).toEqual(["/bin/sh", ["opencode", "opencode", id, "opencode", "--session", id]]);
  expect(script).toContain('"$1" import "$copy"');
  expect(opencode.resume?.(requestFor({ program: "opencode", worktree: path }), placeIn(home))?.argv).toEqual([
    ...["opencode", "--session", id],
  ]);
  // Whoever was there afterwards is another agent.
  const before = placeUntil("2026-11-24T12:00:00Z");
  expect(opencode.lastTurn?.(before)).toBeUndefined();
  expect(opencode.resume?.(request, before)).toBeUndefined();
});

test("a prompt has arrived when it is in its database", () => {
  const place = placeIn(opencodeHome("tool"));
  const arrived = (text: string, since: number) => opencode.arrived?.(place, text, new Date(since), "");
  expect(arrived("run-shell echo hi;\ttouch x", 1_795_522_915_000)).toBe(true);
  expect(arrived("run-shell echo hi; touch x", 1_795_522_916_000)).toBe(false);
  expect(arrived("something else", 1_795_522_915_000)).toBe(false);
});

test("a prompt in its queue is in its database, too, and taken when a message of the model follows", () => {
  const home = opencodeHome("tool");
  const took = () => opencode.took?.(placeIn(home), "run-shell echo hi; touch x", new Date(1_795_522_915_000));
  expect(took()).toBe(true);
  using database = new Database(join(home, ".local/share/opencode/opencode.db"));
  database.run("DELETE FROM message WHERE json_extract(data, '$.role') = 'assistant'");
  expect(took()).toBe(false);
});

test("a database that another version has made tells nothing", () => {
  const home = temporaryFolder();
  mkdirSync(join(home, ".local/share/opencode"), { recursive: true });
  using database = new Database(join(home, ".local/share/opencode/opencode.db"));
  database.run("CREATE TABLE talk (id)");
  expect(opencode.state(idleIn("opencode", home))).toEqual({ activity: "idle" });
  expect(opencode.lastTurn?.(placeIn(home))).toBeUndefined();
});
