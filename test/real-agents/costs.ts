import { expect } from "bun:test";
import { eventually } from "../helpers/wait.ts";
import { isChore } from "./mock-model-server.ts";
import type { RealAgent } from "./real-agent.ts";
import { scenarioForAll } from "./scenario.ts";
import type { Question } from "./script.ts";
import type { SentUsage } from "./sent-usage.ts";
import type { AgentName } from "./users.ts";

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

  await expectAllCounted(agent);
});

const innerTask = "run-shell touch by-inner";

/** The tool with which a model asks for an agent of the agent, and what it says. */
const innerCalls: Readonly<Record<AgentName, readonly [tool: string, input: Readonly<Record<string, string>>]>> = {
  claude: ["Agent", { description: "a part", prompt: innerTask, subagent_type: "general-purpose" }],
  codex: ["collaboration/spawn_agent", { task_name: "part", message: innerTask }],
  gemini: ["invoke_agent", { agent_name: "generalist", prompt: innerTask }],
  opencode: ["task", { description: "a part", prompt: innerTask, subagent_type: "general" }],
};

/** The commands of the CLIs that make a long conversation short. */
const compactions: Readonly<Record<AgentName, string>> = {
  claude: "/compact",
  codex: "/compact",
  gemini: "/compress",
  opencode: "/compact",
};

scenarioForAll("counts what its own agents use, and compactions", async (agent) => {
  const [tool, input] = innerCalls[agent.name];
  // In most CLIs it may make none itself; Codex does not show its task as words of the user.
  const isOfInner = (question: Question) =>
    !isChore(question) && (question.userTexts.at(-1) === innerTask || !question.toolNames.includes(tool));
  if (agent.name === "codex") agent.box.env.AI_FLEET_CODEX_FLAGS = "--enable multi_agent_v2";
  await agent.fleet(["create", "one", "--wait", "-p", "run-shell touch turn-1"]);
  await agent.fleet(["prompt", "one", "--wait", `use-tools\n${tool} ${JSON.stringify(input)}`]);
  await eventually(() => agent.model.questions.some(isOfInner), { what: "the agent of the agent" });
  await agent.until("one", "idle");
  const asked = agent.model.questions.length;
  await agent.fleet(["prompt", "one", "--raw", compactions[agent.name]]);
  await eventually(() => agent.model.questions.length > asked, { what: "the compaction" });
  await agent.until("one", "idle");
  await agent.fleet(["prompt", "one", "--wait", "run-shell touch turn-2"]);
  await agent.fleet(["stop", "one"]);
  expect(agent.filesCalled("turn-2")).toHaveLength(1);
  await expectAllCounted(agent);
});

/** Expects what fleet counts to be what the server sent. What it is asked beside the conversation, such as for a title, may be missing. */
async function expectAllCounted(agent: RealAgent): Promise<void> {
  const { total } = JSON.parse((await agent.fleet(["cost", "--json"])).stdout);
  const {
    input,
    cache_read: cacheRead,
    cache_write: cacheWrite,
    cache_write_1h: cacheWriteHour,
    output,
  } = total.tokens;
  const counted = agent.model.sent.filter(({ chore }) => !chore || !total.at_least);
  expect({ input, cacheRead, cacheWrite, cacheWriteHour, output }).toEqual(sumOf(counted));
  expect(total.at_least).toBe(counted.length < agent.model.sent.length);
}

function sumOf(all: readonly SentUsage[]): Omit<SentUsage, "reasoning"> {
  const sums = kinds.map((kind) => [kind, all.reduce((sum, usage) => sum + usage[kind], 0)]);
  return Object.fromEntries(sums) as Omit<SentUsage, "reasoning">;
}
