import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { addTokens, noTokens } from "../../../../src/agents/usage.ts";
import { costsEverywhere } from "../../../../src/fleet/cost/elsewhere.ts";
import { keptBytes, keptText } from "../../../../src/fleet/cost/kept.ts";
import { statePlaces } from "../../../../src/fleet/fleet.ts";
import { agentFiles } from "../../../../src/state/places.ts";
import { writeToldUsage } from "../../../../src/state/told-usage.ts";
import { claudeRow, claudeTotal, started, UsageHome } from "./usage-home.ts";

/** What a home tells of its agent, as another machine hears it. */
function toldBy(there: UsageHome, host: string) {
  const usage = there.look();
  const { text, from } = keptText(agentFiles(statePlaces(there.fleet), there.entry.id), 0, 1_000_000);
  const told = {
    ...({ v: 1, host, entry: there.entry, bytes: from + Buffer.byteLength(text) } as const),
    ...{ at_least: usage.atLeast, subscription: false, quota: null, problems: [] },
  };
  return { told, text };
}

function inputIn(here: UsageHome, told: Parameters<typeof costsEverywhere>[2], since?: Date): number[] {
  const { fleet, entry } = here;
  return costsEverywhere(fleet, [entry], told, since).map(
    ({ usage }) => usage.groups.reduce((sum, { tokens }) => addTokens(sum, tokens), noTokens).input,
  );
}

test("an agent that moved counts once, with what it used on each machine, though its conversation went along", () => {
  const here = new UsageHome("claude");
  here.claude([claudeRow("msg_1", 1, { input: 100 }), claudeTotal({ input: 107 })]);
  here.look();
  const there = new UsageHome("claude");
  there.claude([
    claudeRow("msg_1", 1, { input: 100 }),
    claudeTotal({ input: 107 }),
    claudeRow("msg_2", 60, { input: 30 }),
    claudeTotal({ input: 140 }),
  ]);
  const { told, text } = toldBy(there, "far1");
  writeToldUsage(statePlaces(here.fleet), told, text);
  expect(inputIn(here, [told])).toEqual([140]);
  expect(inputIn(here, [told], new Date(started + 30_000))).toEqual([40]);
  here.claude([claudeRow("msg_3", 120, { input: 5 })]);
  expect(inputIn(here, [told])).toEqual([145]);
});

test("what is told twice, or in two parts of which one was cut off, counts once", () => {
  const here = new UsageHome("claude");
  const there = new UsageHome("claude");
  there.claude([claudeRow("msg_1", 1, { input: 100 }), claudeRow("msg_2", 2, { input: 1 })]);
  const { told, text } = toldBy(there, "far1");
  const places = statePlaces(here.fleet);
  writeToldUsage(places, told, text.slice(0, -9));
  writeToldUsage(places, told, text);
  writeToldUsage(places, told, text);
  expect(inputIn(here, [told])).toEqual([101]);
});

test("what is kept is told in whole lines, the rest the next time, and all of it anew when less is there than was told", () => {
  const { home } = new UsageHome("claude");
  const files = { replies: join(home, "replies.jsonl") };
  expect(keptText(files, 0, 100)).toEqual({ from: 0, text: "", more: false });
  writeFileSync(files.replies, "one\ntwo\nthree\n");
  expect(keptText(files, 0, 9)).toEqual({ from: 0, text: "one\ntwo\n", more: true });
  expect(keptText(files, 8, 9)).toEqual({ from: 8, text: "three\n", more: false });
  expect(keptText(files, keptBytes(files), 9)).toEqual({ from: 14, text: "", more: false });
  expect(keptText(files, 8, 0)).toEqual({ from: 8, text: "", more: true });
  expect(keptText(files, 99, 100)).toEqual({ from: 0, text: "one\ntwo\nthree\n", more: false });
});
