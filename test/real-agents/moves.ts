import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { registered } from "../e2e/agents.ts";
import { eventually } from "../helpers/wait.ts";
import type { RealAgent } from "./real-agent.ts";
import { scenarioForAllKinds, scenarioForOthers } from "./scenario.ts";
import { replyTo } from "./script.ts";
import type { AnyAgentName } from "./users.ts";

/** Where the agent of a branch works. */
function worktreeOf({ box }: RealAgent<AnyAgentName>, branch: string): string {
  const entry = registered(box).find((each) => each.branch === branch);
  if (entry === undefined) throw new Error(`no agent is registered on ${branch}`);
  return entry.worktree;
}

/** The directories in which a file of this name says that its command was run. */
function directoriesIn(agent: RealAgent<AnyAgentName>, name: string): string[] {
  return agent.filesCalled(name).map((file) => readFileSync(file, "utf8").trim());
}

/** Starts an agent on the branch `one` and sees the answer to its first prompt: opencode looks idle before it takes it. */
async function createAnswered(agent: RealAgent<AnyAgentName>, prompt: string): Promise<void> {
  await agent.fleet(["create", "one", "-p", prompt]);
  const isAnswered = async () =>
    (await agent.fleet(["logs", "one", "--transcript"])).stdout.includes(`\n${replyTo(prompt)}\n`);
  await eventually(isAnswered, { what: "the answer to the first prompt", timeoutMs: 90_000 });
  await agent.until("one", "idle");
}

async function inputTokens(agent: RealAgent<AnyAgentName>): Promise<number> {
  return JSON.parse((await agent.fleet(["cost", "--json"])).stdout).total.tokens.input;
}

scenarioForOthers(
  "is found and gone on with after a move of its worktree, beside one that took its place",
  async (agent) => {
    await createAnswered(agent, "my first words");
    await agent.fleet(["stop", "one"]);
    const before = worktreeOf(agent, "one");
    const used = await inputTokens(agent);
    const moved = join(dirname(before), "moved");
    await agent.project.git("worktree", "move", before, moved);
    await agent.project.git("worktree", "add", "--quiet", "-b", "other", before);
    await agent.fleet(["list", "--repair"]);
    expect(worktreeOf(agent, "one")).toBe(moved);

    const said = await agent.fleet(["logs", "one", "--transcript"]);
    expect(said).toMatchObject({ code: 0, stdout: expect.stringContaining("> my first words\n") });
    expect([used > 0, await inputTokens(agent)]).toEqual([true, used]);

    const question = "run-shell pwd -P >where.txt";
    const resumed = await agent.fleet(["resume", "one", "-p", question], { timeoutMs: 120_000 });
    const goesOn = agent.name !== "qwen";
    expect(resumed).toMatchObject({
      code: 0,
      stdout: `  one  resumed  ${goesOn ? "with its conversation" : "started anew"}\n`,
      stderr: goesOn
        ? ""
        : expect.stringMatching(
            /^ {2}! one: Qwen Code goes on with a conversation only in the directory where it began: it starts anew, and what was said before is in \S+\.jsonl\n$/,
          ),
    });
    expect(await agent.fleet(["wait", "one", "--timeout", "60s"])).toMatchObject({ code: 0 });
    expect(directoriesIn(agent, "where.txt")).toEqual([moved]);
    const conversation = goesOn ? ["my first words", question] : [question];
    expect(agent.remembered(question)).toEqual(conversation);

    await agent.fleet(["stop", "one"]);
    expect(await agent.fleet(["resume", "one", "-p", "and now?"], { timeoutMs: 120_000 })).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect(await agent.fleet(["wait", "one", "--timeout", "60s"])).toMatchObject({ code: 0 });
    expect(agent.remembered("and now?")).toEqual([...conversation, "and now?"]);
    await agent.project.git("worktree", "remove", "--force", before);
  },
);

scenarioForOthers(
  "leaves no prompt behind in its queue: what it had not taken when it was killed is named, and sent",
  async (agent) => {
    await createAnswered(agent, "get ready now");
    await agent.fleet(["prompt", "one", "hang-forever the long turn"]);
    await agent.until("one", "working");
    const waiting = "lost words\n\nwith a second paragraph";
    expect((await agent.fleet(["prompt", "one", waiting])).stdout).toContain("queued");
    const named = 'not taken a prompt: "lost words with a second paragraph"';
    expect((await agent.fleet(["kill", "one"])).stderr).toContain(named);
    const restored = await agent.fleet(["restore", "one"]);
    expect([restored.code, restored.stderr]).toEqual([0, expect.stringContaining(named)]);
    const [, file = ""] = /fleet prompt one --file (\S+)/.exec(restored.stderr) ?? [];
    expect(readFileSync(file, "utf8")).toBe(waiting);
    await agent.until("one", "idle");
    const sent = await agent.fleet(["prompt", "one", "--wait", "--file", file]);
    expect(sent).toMatchObject({ code: 0, stdout: `${replyTo(waiting)}\n` });
    expect((await agent.fleet(["stop", "one"])).stderr).not.toContain("not taken");
  },
);

for (const status of ["starting", "idle"] as const)
  scenarioForAllKinds(`has taken its first prompt when it is ${status}, or fleet names it`, async (agent) => {
    const prompt = "my first words";
    await agent.fleet(["create", "one", "-p", prompt]);
    const isSo = async (wanted: string) => (await agent.listed("one")).status === wanted;
    const patiently = { timeoutMs: 250_000 };
    await eventually(() => isSo(status), { what: `it to be ${status}`, ...patiently });
    const named = (await agent.fleet(["stop", "one"])).stderr.includes(`not taken a prompt: "${prompt}"`);
    if (status === "idle") expect(named).toBe(false);
    const { code, stderr } = await agent.fleet(["resume", "one"], patiently);
    const [, file] = /fleet prompt one --file (\S+)/.exec(stderr) ?? [];
    expect({ code, named: file !== undefined }).toEqual({ code: 0, named });
    await eventually(() => isSo("idle"), { what: "it to be idle", ...patiently });
    if (file !== undefined) {
      const sent = await agent.fleet(["prompt", "one", "--wait", "--file", file], patiently);
      expect(sent).toMatchObject({ code: 0, stdout: `${replyTo(prompt)}\n` });
    }
    expect(new Set(agent.prompts("one"))).toEqual(new Set([prompt]));
  });
