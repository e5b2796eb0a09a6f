import { expect } from "bun:test";
import { processesIn } from "../helpers/processes.ts";
import type { AgentName } from "./real-agent.ts";
import { scenario } from "./scenario.ts";
import { replyTo } from "./script.ts";

interface Awkward {
  readonly what: string;
  readonly prompt: string;
  /** What the agent gets where a prompt alone would be a command of its own. */
  readonly taken?: Partial<Record<AgentName, string>>;
}

const awkwardPrompts: readonly Awkward[] = [
  { what: "a leading dash", prompt: "--help me with -this" },
  { what: "quotes and the like", prompt: `it's "quoted" \`id\` $(id) \\n %s !! ; & | #{pane_id}` },
  { what: "lines, a tab and line ends at its end", prompt: "first line\n\n\tsecond line\n" },
  { what: "emoji", prompt: "🚀 für 修复 \u{1f469}\u200d\u{1f4bb}" },
  { what: "50 KB", prompt: `start ${"0123456789abcde\n".repeat(3200)} end` },
  { what: "a shell command", prompt: "!touch pwned", taken: { claude: " !touch pwned", codex: " !touch pwned" } },
  { what: "a slash command", prompt: "/help", taken: { claude: "Task: /help", codex: " /help" } },
  { what: "a subcommand", prompt: "doctor", taken: { claude: " doctor" } },
];

scenario("never started before, takes every first prompt as it is and its reply is printed", async (agent) => {
  for (const [index, { what, prompt, taken }] of awkwardPrompts.entries()) {
    const branch = `prompt-${index}`;
    const create = ["create", branch, "--wait", "--timeout", "40s", "-p", "-"];
    const { code, stdout } = await agent.fleet(create, { input: prompt });
    const said = (taken?.[agent.name] ?? prompt).trim();
    expect({ what, code, stdout }).toEqual({ what, code: 0, stdout: `${replyTo(said)}\n` });
    const arrived = agent.prompts(branch);
    expect({ what, arrived }).toEqual({ what, arrived: [taken?.[agent.name] ?? prompt] });
    await agent.fleet(["kill", branch]);
  }
  expect(agent.filesCalled("pwned")).toEqual([]);
});

scenario("takes prompts when it is idle and queues them while it works", async (agent) => {
  await agent.fleet(["create", "one", "-p", "slow-reply 3000 and begin"]);
  const early = await agent.fleet(["prompt", "one", "too early"]);
  expect(early).toMatchObject({ code: 1, stdout: expect.stringContaining("refused  is not ready yet: starting") });

  await agent.until("one", "working");
  const busy = await agent.fleet(["prompt", "one", "in the queue"]);
  expect(busy).toMatchObject({ code: 0, stdout: expect.stringContaining("queued  working") });
  expect(await agent.fleet(["wait", "one"])).toMatchObject({ code: 0, stdout: "  one  idle\n" });
  expect(agent.prompts("one")).toEqual(["slow-reply 3000 and begin", "in the queue"]);

  const idle = await agent.fleet(["prompt", "one", "several\n\n  'lines' 🚀"]);
  expect(idle).toMatchObject({ code: 0, stdout: "  one  submitted\n" });
  expect(await agent.fleet(["wait", "one"])).toMatchObject({ code: 0, stdout: "  one  idle\n" });
  expect(agent.prompts("one").at(-1)).toBe("several\n\n  'lines' 🚀");

  const question = "what did you do?";
  const asked = await agent.fleet(["prompt", "one", "--wait", question]);
  expect(asked).toMatchObject({ code: 0, stdout: `${replyTo(question)}\n` });
});

scenario("is interrupted and takes another prompt instead", async (agent) => {
  await agent.fleet(["create", "one", "--wait", "-p", "get ready now"]);
  await agent.fleet(["prompt", "one", "slow-reply 60000 never mind"]);
  await agent.until("one", "working");
  const urgent = await agent.fleet(["prompt", "one", "--interrupt", "--wait", "this is urgent"]);
  expect(urgent).toMatchObject({ code: 0, stdout: `${replyTo("this is urgent")}\n` });
  expect(agent.prompts("one").at(-1)).toBe("this is urgent");

  await agent.fleet(["prompt", "one", "hang-forever this time"]);
  await agent.until("one", "working");
  expect(await agent.fleet(["interrupt", "one"])).toMatchObject({ code: 0 });
  expect((await agent.listed("one")).status).toBe("idle");
});

scenario("that asks for permission is waiting, takes no prompt and goes on with an answer", async (agent) => {
  agent.box.env.AI_FLEET_CLAUDE_FLAGS = "--permission-mode default";
  agent.box.env.AI_FLEET_CODEX_FLAGS = "";
  await agent.fleet(["create", "one", "-p", "ask-first touch asked.txt"]);
  const { reason } = await agent.until("one", "waiting");
  expect(reason).toBe(agent.name === "claude" ? "permission prompt" : "asks for a decision");
  // Codex blinks: its title changes every second for as long as it asks.
  const statuses: string[] = [];
  for (const end = performance.now() + 2500; performance.now() < end; ) {
    statuses.push((await agent.listed("one")).status);
  }
  expect([...new Set(statuses)]).toEqual(["waiting"]);

  const refused = await agent.fleet(["prompt", "one", "something else"]);
  expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining("refused  asks") });
  expect(await agent.fleet(["wait", "one"])).toMatchObject({ code: 1, stdout: `! one  waiting  ${reason}\n` });
  expect(agent.filesCalled("asked.txt")).toEqual([]);

  await agent.box.tmux.run(["send-keys", "-t", "=ai_one:", "Enter"]);
  await agent.until("one", "idle");
  expect(agent.filesCalled("asked.txt")).toHaveLength(1);
  expect(agent.prompts("one")).toEqual(["ask-first touch asked.txt"]);
});

scenario("survives errors of the model and takes the next prompt", async (agent) => {
  agent.box.env.CLAUDE_CODE_MAX_RETRIES = "1";
  const failures = ["fail-http 400", "fail-http 401", "fail-http 429", "fail-http 500", "hang-forever"];
  const branches = failures.map((failure) => failure.replace(" ", "-"));
  const pairs = failures.map((failure, index) => `${branches[index]}:${failure} please`);
  expect(await agent.fleet(["multi", ...pairs])).toMatchObject({ code: 0 });
  await agent.until("hang-forever", "working");
  await agent.fleet(["wait", ...branches.slice(0, -1), "--timeout", "12s"]);
  // `error` with a reason should be said of all that fail. It is not yet, so what is said is only shown.
  const { stdout } = await agent.fleet(["list"]);
  console.log(`${agent.name} after errors of the model:\n${stdout}`);
  expect(await agent.listed("hang-forever")).toMatchObject({ status: "working" });

  const replies = await agent.fleet(["prompt", "--all", "--interrupt", "--wait", "-p", "are you there?"]);
  const reply = replyTo("are you there?");
  expect(replies.stdout.split("\n").filter((line) => line.endsWith(reply))).toHaveLength(failures.length);
});

scenario(
  "is seen to have been killed, and resumes its conversation after SIGKILL, the end of tmux, and stop",
  async (agent) => {
    await agent.fleet(["create", "one", "--wait", "-p", "my first words"]);
    process.kill((await agent.listed("one")).pid, "SIGKILL");
    expect(await agent.until("one", "exited")).toMatchObject({ reason: "code 137" });
    expect(await agent.fleet(["wait", "one"])).toMatchObject({ code: 1, stdout: "! one  exited  code 137\n" });
    expect(await agent.fleet(["prompt", "one", "anybody there?"])).toMatchObject({ code: 1 });
    const resumed = { code: 0, stdout: "  one  resumed  with its conversation\n" };
    expect(await agent.fleet(["resume", "one", "-p", "after a kill"])).toMatchObject(resumed);
    expect(await agent.fleet(["wait", "one"])).toMatchObject({ code: 0 });

    await agent.box.tmux.kill();
    expect(await agent.until("one", "stopped")).toMatchObject({ reason: "its tmux session is gone" });
    expect(await agent.fleet(["resume", "one"])).toMatchObject(resumed);
    await agent.until("one", "idle");
    expect(await agent.fleet(["prompt", "one", "--wait", "after tmux ended"])).toMatchObject({ code: 0 });

    expect(await agent.fleet(["stop", "one"])).toMatchObject({ code: 0, stdout: "  one  stopped\n" });
    expect(agent.agentProcesses()).toEqual([]);
    expect(await agent.listed("one")).toMatchObject({ status: "stopped", reason: "by you" });
    expect(await agent.fleet(["resume", "one", "-p", "after a stop"])).toMatchObject(resumed);
    expect(await agent.fleet(["wait", "one"])).toMatchObject({ code: 0 });
    const conversation = ["my first words", "after a kill", "after tmux ended", "after a stop"];
    expect(agent.prompts("one")).toEqual(conversation);
    expect(agent.remembered("after a stop")).toEqual(conversation);
  },
);

scenario("is killed with what its tools left running, and restored with its conversation", async (agent) => {
  const command = "setsid sleep 4242 >/dev/null 2>&1 & touch made-by-agent.txt";
  await agent.fleet(["create", "one", "--wait", "-p", `run-shell ${command}`]);
  const left = () => processesIn(agent.box.root).filter((process) => process.command === "sleep 4242");
  expect(left()).toHaveLength(1);
  const { id } = await agent.listed("one");

  expect(await agent.fleet(["kill", "one"])).toMatchObject({ code: 0, stdout: expect.stringContaining("ended") });
  expect(left()).toEqual([]);
  expect(agent.agentProcesses()).toEqual([]);

  const restored = await agent.fleet(["restore", "one"]);
  expect(restored).toMatchObject({ code: 0, stdout: "  one  restored  running again\n" });
  expect(await agent.until("one", "idle")).toMatchObject({ id });
  expect(agent.filesCalled("made-by-agent.txt")).toHaveLength(1);
  expect(await agent.fleet(["prompt", "one", "--wait", "where were we?"])).toMatchObject({ code: 0 });
  expect(agent.remembered("where were we?")).toEqual([`run-shell ${command}`, "where were we?"]);
});

scenario("is started five times on one home, and all reply", async (agent) => {
  expect(await agent.fleet(["fanout", "5", "team", "-p", "say something"])).toMatchObject({ code: 0 });
  expect(await agent.fleet(["wait", "team", "--timeout", "50s"])).toMatchObject({ code: 0 });
  const team = [1, 2, 3, 4, 5].map((number) => `team-A${number}`);
  expect(team.map((branch) => agent.prompts(branch))).toEqual(team.map(() => ["say something"]));
  for (const branch of team) {
    const screen = await agent.box.tmux.capture(`ai_${branch}`);
    expect(screen).toContain(replyTo("say something"));
  }
  expect(await agent.fleet(["kill", "team", "-y"])).toMatchObject({ code: 0 });
  await agent.endAll();
  expect(await agent.project.git("branch", "--format=%(refname:short)")).toBe("main");
});
