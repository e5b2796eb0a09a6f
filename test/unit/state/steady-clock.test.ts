import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ageOf, byEnd } from "../../../src/state/ending.ts";
import { advanced, type ClockNote, steadyNow } from "../../../src/state/steady-clock.ts";
import { temporaryFolder } from "../../helpers/folder.ts";

const hour = 3600;
const noted: ClockNote = { clock: "ours", seconds: 100, boot: "first", uptime: 10 * hour, wall: 1_000_000 };

/** What our clock counts until the machine says this. */
const counted = (boot: string, uptime: number, wall: number) =>
  advanced(noted, { boot, uptime, wall: noted.wall + wall }).seconds - noted.seconds;

test("our clock counts what the machine has run, whatever its own clock was set to", () => {
  expect(counted("first", 11 * hour, hour)).toBe(hour);
  expect(counted("first", 11 * hour, 240 * hour)).toBe(hour);
  expect(counted("first", 11 * hour, hour - 5)).toBe(hour);
  expect(counted("first", 11 * hour, -240 * hour)).toBe(60);
});

test("after another start of the machine only what it has run since then counts", () => {
  expect(counted("second", hour, 240 * hour)).toBe(hour);
  expect(counted("second", hour, 10)).toBe(10);
  expect(counted("second", hour, -hour)).toBe(0);
  // In another container of the machine, or on a system that does not name its boots.
  expect(counted("first", hour, 2 * hour)).toBe(hour);
  expect(counted("first", 5000 * hour, hour)).toBe(hour + 60);
});

test("our clock goes on from look to look, and begins anew where its note is lost", () => {
  const agentsRoot = temporaryFolder();
  const places = { agentsRoot };
  const first = steadyNow(places);
  const second = steadyNow(places);
  expect(second?.clock).toBe(first?.clock ?? "");
  expect(second?.seconds ?? -1).toBeGreaterThanOrEqual(first?.seconds ?? 0);
  writeFileSync(join(agentsRoot, "clock.json"), "{}");
  expect(steadyNow(places)?.clock).not.toBe(first?.clock);
  expect(steadyNow({ agentsRoot: join(agentsRoot, "nowhere") })).toBe(undefined);
});

const day = 86_400_000;
const at = (date: string, seconds: number, clock = "ours") => ({ ended_at: date, steady: { clock, seconds } });

test("the age of an ending is that of our clock; where that does not tell, what the machine says", () => {
  const now = { date: new Date("2026-02-02T00:00:00Z"), steady: { clock: "ours", seconds: 90 } };
  expect(ageOf(at("2026-01-01T00:00:00Z", 30), now)).toBe(60_000);
  expect(ageOf(at("2026-03-01T00:00:00Z", 30), now)).toBe(60_000);
  expect(ageOf(at("2026-02-01T00:00:00Z", 30, "lost"), now)).toBe(day);
  expect(ageOf({ ended_at: "2026-02-01T00:00:00Z" }, now)).toBe(day);
  expect(ageOf(at("2026-02-01T00:00:00Z", 30), { ...now, steady: undefined })).toBe(day);
});

test("the last that ended is the last by our clock, though the machine's was set back before", () => {
  const [before, after] = [at("2026-02-01T00:00:00Z", 30), at("2025-02-01T00:00:00Z", 31)];
  expect([after, before].toSorted(byEnd)).toEqual([before, after]);
  const unknown = { ended_at: "2025-03-01T00:00:00Z" };
  expect([before, unknown].toSorted(byEnd)).toEqual([unknown, before]);
});
