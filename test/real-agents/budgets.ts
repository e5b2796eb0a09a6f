import { expect, test } from "bun:test";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/wait.ts";
import { realAgent } from "./real-agent.ts";
import { scenario } from "./scenario.ts";
import { replyTo } from "./script.ts";

scenario("is stopped when its budget is used, and goes on when that is raised", async (agent) => {
  // An answer is more than 1000 tokens, and a turn with a tool has two; Claude Code runs no sleep of such a length.
  await agent.fleet(["create", "one", "-p", "run-shell tail -f /dev/null", "--budget", "100 tokens"]);
  const stopped = { code: 1, stdout: "! one  error  budget 100 tokens used\n" };
  await agent.fleet(["wait", "one", "--timeout", "60s"]).expect(stopped);
  await agent.fleet(["budget", "one", "+1M"]);
  await agent.until("one", "idle");
  const asked = await agent.fleet(["prompt", "one", "run-shell touch again", "--wait", "--timeout", "60s"]);
  expect(asked).toMatchObject({ code: 0, stdout: `Done: ${replyTo("run-shell touch again")}\n` });
  expect(agent.filesCalled("again")).toHaveLength(1);
});

test("claude keeps its budget without anybody looking: it stops before the next tool", async () => {
  const agent = await realAgent("claude");
  await agent.fleet(["create", "one", "-p", "run-shell touch first", "--budget", "200 tokens"]);
  await eventually(() => agent.filesCalled("first").length > 0, { what: "the first tool" });
  await eventually(() => agent.model.questions.length > 2, { what: "the end of the first turn" });
  await agent.fleet(["prompt", "one", "run-shell touch second"]);
  await eventually(() => agent.filesCalled("over-budget").length > 0, { what: "the budget to be used" });
  await agent.fleet(["list", "one"]).expect({ stdout: /budget 200 tokens used/, stderr: /.*/ });
  expect(agent.filesCalled("second")).toEqual([]);
  await agent.endAll();
  await agent.end();
});

test("claude keeps a budget that was set after its start, without anybody looking", async () => {
  const agent = await realAgent("claude");
  await agent.fleet(["create", "one", "-p", "run-shell touch first", "--wait"]);
  expect(agent.filesCalled("first")).toHaveLength(1);
  await agent.fleet(["budget", "one", "3000 tokens"]);
  // Each answer is more than 1000 tokens, so that a turn or two are all that it may use yet.
  for (const number of [1, 2, 3, 4]) {
    if (agent.filesCalled("over-budget").length > 0) break;
    const asked = agent.model.questions.length;
    await agent.fleet(["prompt", "one", `run-shell touch later-${number}`]);
    const isOver = () => agent.filesCalled("over-budget").length > 0 || agent.model.questions.length >= asked + 2;
    await eventually(isOver, { what: `turn ${number} to end` });
  }
  expect(agent.filesCalled("over-budget")).toHaveLength(1);
  expect(agent.filesCalled("later-4")).toEqual([]);
  await agent.endAll();
  await agent.end();
});

test("claude keeps the budget of its batch without anybody looking: what another has used counts", async () => {
  const agent = await realAgent("claude");
  mkdirSync(join(agent.box.home, ".ai_fleet"), { recursive: true });
  // A turn with a tool has two answers of somewhat more than 1000 tokens each. Of two turns of another agent two to four have been told by
  // the time that this one begins: its first tool is below the budget with all four, its third is above it with two, and not by itself.
  writeFileSync(join(agent.box.home, ".ai_fleet/config.toml"), 'budget_per_batch = "6000 tokens"\n');
  const created = (name: string) => agent.filesCalled(name).length > 0;
  // What Claude Code has written down itself: a look by fleet would count what was used, and a number of questions to the model says
  // nothing of whose they were, nor of what was answered.
  const transcripts = () => globSync(join(agent.box.home, ".claude/projects/*/*.jsonl"));
  const answered = (prompt: string) =>
    transcripts().some((file) => readFileSync(file, "utf8").includes(`Done: ${replyTo(prompt)}`));
  const turn = async (words: readonly string[], tool: string) => {
    const prompt = `run-shell touch ${tool}`;
    await agent.fleet([...words, prompt]);
    await eventually(() => created(tool) || created("over-budget"), { what: `the tool of ${tool}` });
    if (created(tool)) await eventually(() => answered(prompt), { what: `the answer after ${tool}` });
  };
  await turn(["create", "one", "--batch", "both", "-p"], "one-1");
  await turn(["prompt", "one"], "one-2");
  await turn(["create", "two", "--batch", "both", "-p"], "two-1");
  expect([created("two-1"), created("over-budget")]).toEqual([true, false]);
  await turn(["prompt", "two"], "two-2");
  if (!created("over-budget")) await turn(["prompt", "two"], "two-3");
  expect([created("over-budget"), created("two-3")]).toEqual([true, false]);
  await agent.fleet(["list", "two"]).expect({ stdout: /budget of the batch 6k tokens used/, stderr: /.*/ });
  await agent.endAll();
  await agent.end();
});
