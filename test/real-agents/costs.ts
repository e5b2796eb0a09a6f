import { expect } from "bun:test";
import { scenarioForAll } from "./scenario.ts";
import type { SentUsage } from "./sent-usage.ts";

const kinds = ["input", "cacheRead", "cacheWrite", "cacheWriteHour", "output"] as const;

scenarioForAll("has used what the server says it sent, to the token, over ten turns and a resume", async (agent) => {
  await agent.fleet(["create", "one", "--wait", "-p", "run-shell touch turn-1"]);
  for (const turn of [2, 3, 4, 5, 6, 7, 8, 9]) {
    await agent.fleet(["prompt", "one", "--wait", `run-shell touch turn-${turn}`]);
  }
  await agent.fleet(["stop", "one"]);
  await agent.fleet(["resume", "one"]);
  await agent.until("one", "idle", "error");
  expect(await agent.fleet(["prompt", "one", "--wait", "run-shell touch turn-10"])).toMatchObject({ code: 0 });
  await agent.fleet(["stop", "one"]);
  expect(agent.filesCalled("turn-10")).toHaveLength(1);

  const { total } = JSON.parse((await agent.fleet(["cost", "--json"])).stdout);
  const {
    input,
    cache_read: cacheRead,
    cache_write: cacheWrite,
    cache_write_1h: cacheWriteHour,
    output,
  } = total.tokens;
  // What it is asked beside the conversation, such as for a title, is not in every transcript.
  const counted = agent.model.sent.filter(({ chore }) => !chore || !total.at_least);
  expect({ input, cacheRead, cacheWrite, cacheWriteHour, output }).toEqual(sumOf(counted));
  expect(total.at_least).toBe(counted.length < agent.model.sent.length);
});

function sumOf(all: readonly SentUsage[]): Omit<SentUsage, "reasoning"> {
  const sums = kinds.map((kind) => [kind, all.reduce((sum, usage) => sum + usage[kind], 0)]);
  return Object.fromEntries(sums) as Omit<SentUsage, "reasoning">;
}
