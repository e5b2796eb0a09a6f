import { expect } from "bun:test";
import { processesIn } from "../helpers/processes.ts";
import { eventually } from "../helpers/wait.ts";
import type { RealAgent } from "./real-agent.ts";
import { scenario, scenarioForAll } from "./scenario.ts";
import { replyTo } from "./script.ts";
import { type AgentName, askFirst } from "./users.ts";

interface Awkward {
  readonly what: string;
  readonly prompt: string;
  /** What the agent gets where a prompt alone would be a command of its own. */
  readonly taken?: Partial<Record<AgentName, string>>;
}

const shellTaken = { claude: " !touch pwned", codex: " !touch pwned", gemini: "Task: !touch pwned" };

const awkwardPrompts: readonly Awkward[] = [
  {
    what: "a leading dash",
    prompt: "--help me with -this",
    taken: { gemini: " --help me with -this", opencode: " --help me with -this" },
  },
  { what: "quotes and the like", prompt: `it's "quoted" \`id\` $(id) \\n %s !! ; & | #{pane_id}` },
  { what: "lines, a tab and line ends at its end", prompt: "first line\n\n\tsecond line\n" },
  { what: "emoji", prompt: "🚀 für 修复 \u{1f469}\u200d\u{1f4bb}" },
  { what: "50 KB", prompt: `start ${"0123456789abcde\n".repeat(3200)} end` },
  { what: "a shell command", prompt: "!touch pwned", taken: shellTaken },
  {
    what: "a slash command",
    prompt: "/help",
    taken: { claude: "Task: /help", codex: " /help", gemini: "Task: /help" },
  },
  { what: "a subcommand", prompt: "doctor", taken: { claude: " doctor" } },
];

/** Gemini CLI drops white space at the ends of a prompt, opencode adds some. */
function trimmed({ name }: RealAgent): (text: string) => string {
  return (text) => (name === "gemini" || name === "opencode" ? text.trim() : text);
}

scenarioForAll("never started before, takes every first prompt as it is and its reply is printed", async (agent) => {
  // It takes ten seconds to start.
  const prompts = agent.name === "opencode" ? awkwardPrompts.slice(0, 4) : awkwardPrompts;
  for (const [index, { what, prompt, taken }] of prompts.entries()) {
    const branch = `prompt-${index}`;
    const create = ["create", branch, "--wait", "--timeout", "40s", "-p", "-"];
    const { code, stdout } = await agent.fleet(create, { input: prompt });
    const reply = replyTo((taken?.[agent.name] ?? prompt).trim());
    // Gemini CLI hands on no characters that cannot be seen.
    const expected = agent.name === "gemini" ? reply.replace(/\p{Format}/gu, "") : reply;
    expect({ what, code, stdout }).toEqual({ what, code: 0, stdout: `${expected}\n` });
    const arrived = agent.prompts(branch).map(trimmed(agent));
    expect({ what, arrived }).toEqual({ what, arrived: [trimmed(agent)(taken?.[agent.name] ?? prompt)] });
    await agent.fleet(["kill", branch]);
  }
  expect(agent.filesCalled("pwned")).toEqual([]);
});

scenarioForAll("takes prompts when it is idle and queues them while it works", async (agent) => {
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
  expect(trimmed(agent)(agent.prompts("one").at(-1) ?? "")).toBe("several\n\n  'lines' 🚀");

  const question = "what did you do?";
  const asked = await agent.fleet(["prompt", "one", "--wait", question]);
  expect(asked).toMatchObject({ code: 0, stdout: `${replyTo(question)}\n` });
});

scenarioForAll("is interrupted and takes another prompt instead", async (agent) => {
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

scenarioForAll("that asks for permission is waiting, takes no prompt and goes on with an answer", async (agent) => {
  askFirst(agent.name, agent.box);
  await agent.fleet(["create", "one", "-p", "ask-first touch asked.txt"]);
  await agent.until("one", "waiting");
  const reasons = { claude: "Bash command", codex: "Would you like to run", opencode: "asks for permission" };
  const expected = { gemini: "asks for a decision", ...reasons }[agent.name];
  // An agent says that it asks before the question is on its screen.
  const reason = await eventually(
    async () => {
      const { reason: found } = await agent.listed("one");
      return found?.includes(expected) === true && found;
    },
    { what: `the reason to be ${expected}` },
  );
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

/** What the model is told to do, and what is then said of the agent. */
const troubles: Readonly<Record<AgentName, Readonly<Record<string, string>>>> = {
  claude: {
    "fail-http 400": "model refused (400): messages: text content blocks must be non-empty",
    "fail-http 401": "key rejected (401)",
    "fail-http 429": "rate limited",
    "fail-http 400 quota": "quota used up",
    "fail-http 500": "server error (500)",
  },
  codex: {
    "fail-http 400": "model refused: Invalid value for 'input'.",
    "fail-http 401": "key rejected (401)",
    "fail-http 429": "rate limited",
    "fail-http 429 quota": "quota used up",
    "fail-http 500": "server error",
  },
  gemini: {
    "fail-http 400": "model refused (400): Request contains an invalid argument.",
    "fail-http 401": "key rejected (401)",
  },
  opencode: {
    "fail-http 401": "key rejected (401)",
    "fail-http 404": "model refused (404): The model 'none' does not exist or you do not have access to it.",
  },
};

scenarioForAll("says which error it has met, and takes the next prompt", async (agent) => {
  const reasons = troubles[agent.name];
  const branches = Object.keys(reasons).map((failure) => failure.replaceAll(" ", "-"));
  for (const [index, failure] of Object.keys(reasons).entries()) {
    expect(await agent.fleet(["create", branches[index] ?? "", "-p", `${failure} please`])).toMatchObject({ code: 0 });
    // Of two that start at once in a home that has no database yet, one may hang.
    if (agent.name === "opencode") await agent.until(branches[index] ?? "", "error");
  }
  const { code, stdout } = await agent.fleet(["wait", ...branches, "--timeout", "40s"]);
  expect({ code, marked: stdout.match(/^! \S+ +error /gm)?.length }).toEqual({ code: 1, marked: branches.length });
  for (const [index, reason] of Object.values(reasons).entries()) {
    expect(await agent.listed(branches[index] ?? "")).toMatchObject({ status: "error", reason });
  }

  const [branch = ""] = branches;
  await agent.fleet(["prompt", branch, "hang-forever this time"]);
  await agent.until(branch, "working");
  expect(await agent.fleet(["interrupt", branch])).toMatchObject({ code: 0 });
  expect(await agent.listed(branch)).toMatchObject({ status: "idle", reason: null });

  const replies = await agent.fleet(["prompt", "--all", "--wait", "-p", "are you there?"]);
  const reply = replyTo("are you there?");
  expect(replies.stdout.split("\n").filter((line) => line.endsWith(reply))).toHaveLength(branches.length);
  for (const each of branches) expect(await agent.listed(each)).toMatchObject({ status: "idle", reason: null });
});

scenarioForAll("works for as long as the model keeps it waiting, and says when it cannot reach it", async (agent) => {
  await agent.fleet(["create", "hangs", "-p", "hang-forever please"]);
  await agent.until("hangs", "working");
  expect(await agent.fleet(["wait", "hangs", "--timeout", "3s"])).toMatchObject({ code: 124 });
  expect(await agent.fleet(["interrupt", "hangs"])).toMatchObject({ code: 0 });

  agent.model.stop();
  expect(await agent.fleet(["prompt", "hangs", "hello?"])).toMatchObject({ code: 0 });
  if (agent.name === "claude") {
    const reason = "network: connection refused";
    expect(await agent.until("hangs", "error")).toMatchObject({ reason });
    expect(await agent.fleet(["wait", "hangs"])).toMatchObject({ code: 1, stdout: `! hangs  error  ${reason}\n` });
  } else {
    // The others try again for minutes, or for ever.
    expect(await agent.fleet(["wait", "hangs", "--timeout", "3s"])).toMatchObject({ code: 124 });
    if (agent.name === "gemini") return;
    const saysWhy = async () => (await agent.listed("hangs")).reason?.includes("network: no connection");
    await eventually(saysWhy, { what: "the reason why it tries again", timeoutMs: 30_000 });
  }
});

scenarioForAll("has its conversation printed while it lives, when it has been killed, and as JSON", async (agent) => {
  await agent.fleet(["create", "one", "--wait", "-p", "run-shell echo hello"]);
  await agent.fleet(["prompt", "one", "--wait", "two\nlines"]);
  const said = [
    "> run-shell echo hello",
    "",
    replyTo("run-shell echo hello"),
    "",
    "  $ echo hello",
    "",
    `Done: ${replyTo("run-shell echo hello")}`,
    "",
    "> two",
    "> lines",
    "",
    replyTo("two lines"),
  ];
  const transcript = { code: 0, stdout: said.map((line) => `${line}\n`).join("") };
  expect(await agent.fleet(["logs", "one", "--transcript"])).toMatchObject(transcript);
  const { stdout } = await agent.fleet(["logs", "one"]);
  expect(stdout).toContain(replyTo("two lines"));
  if (agent.name === "codex" || agent.name === "opencode") expect(stdout).toBe(transcript.stdout);
  process.kill((await agent.listed("one")).pid, "SIGKILL");
  await agent.until("one", "exited");
  expect(await agent.fleet(["logs", "one", "--transcript"])).toMatchObject(transcript);
  expect(await agent.fleet(["kill", "one", "-y"])).toMatchObject({ code: 0 });
  expect(await agent.fleet(["logs", "one", "--transcript"])).toMatchObject(transcript);
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

/** What a tool may leave behind: in its session, in one of its own, and without a parent. */
const jobs = [
  "nohup sleep 4242 >/dev/null 2>&1 &",
  "setsid sleep 4243 >/dev/null 2>&1 &",
  "(setsid sh -c 'sleep 4244 & sleep 4245' >/dev/null 2>&1 &);",
  "touch made-by-agent.txt",
].join(" ");

const tool = "tail -f /dev/null";

function jobsOf(agent: RealAgent): string[] {
  return processesIn(agent.box.root)
    .map(({ command }) => command)
    .filter((command) => command.startsWith("sleep 42") || command === tool);
}

scenarioForAll("is killed with all that its tools left running", async (agent) => {
  await agent.fleet(["create", "one", "--wait", "-p", `run-shell ${jobs}`]);
  // Some agents end what is left in the session of a tool.
  expect(jobsOf(agent)).toEqual(expect.arrayContaining(["sleep 4244", "sleep 4245"]));
  await agent.fleet(["prompt", "one", `run-shell ${tool}`]);
  await eventually(() => jobsOf(agent).includes(tool), { what: "its tool to run", timeoutMs: 20_000 });
  expect(await agent.fleet(["kill", "one", "-y"])).toMatchObject({ code: 0, stdout: expect.stringContaining("ended") });
  expect(jobsOf(agent)).toEqual([]);
  expect(agent.agentProcesses()).toEqual([]);
});

scenario("is restored with its files and its conversation", async (agent) => {
  const command = "touch made-by-agent.txt";
  await agent.fleet(["create", "one", "--wait", "-p", `run-shell ${command}`]);
  const { id } = await agent.listed("one");
  expect(await agent.fleet(["kill", "one"])).toMatchObject({ code: 0, stdout: expect.stringContaining("ended") });
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

scenario("races with two others of both kinds, and what passes the test is merged", async (agent) => {
  agent.joinedBy(agent.name === "claude" ? "codex" : "claude");
  const task =
    "run-shell test -e tried.txt || { echo $AI_FLEET_BRANCH >tried.txt && git add . && git commit -qm tried; }";
  const race = [
    "fanout",
    "3",
    "race",
    "--agent",
    "claude:2,codex",
    "-p",
    task,
    "--test",
    "grep -q A3 tried.txt",
    "--pick",
  ];
  const { code, stdout, stderr } = await agent.fleet(race);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^ {2}race-A3 {2}taken {2}main is at [0-9a-f]{7}$/m)]);
  expect(stderr).toMatch(/^race-A3 before race-A[12]: its tests passed\.$/m);
  expect(await agent.project.git("show", "main:tried.txt")).toBe("race-A3");
  const { stdout: left } = await agent.fleet(["list", "-q"]);
  expect(left).toBe("race-A3\n");
  const back = await agent.fleet(["restore", "--last"]);
  expect([back.code, back.stdout]).toEqual([0, expect.stringMatching(/^ {2}race-A3 {2}taken back {2}main is at /m)]);
  expect(await agent.project.git("ls-tree", "--name-only", "main")).not.toContain("tried.txt");
  expect(await agent.listed("race-A1")).toMatchObject({ agent: "claude" });
});

/** A leader and its three take a minute on a busy machine. */
const patiently = { timeoutMs: 110_000 };

/** What the leader of a fleet is told to do: the model that stands in calls these tools, one after the other. */
const lead = [
  "use-tools",
  // Neither shows the tools of others to its model before it has looked for them.
  'ToolSearch {"query":"select:mcp__fleet__fleet_fanout,mcp__fleet__fleet_wait,mcp__fleet__fleet_test,mcp__fleet__fleet_compare,mcp__fleet__fleet_diff"}',
  'tool_search {"query":"fleet fanout wait test compare diff","limit":20}',
  'fleet_fanout {"count":3,"prefix":"kid","prompt":"run-shell touch made-by-$AI_FLEET_BRANCH.txt"}',
  'fleet_wait {"batch":"kid","timeout_seconds":50}',
  'fleet_test {"batch":"kid","command":["test","-e","made-by-kid-A2.txt"]}',
  'fleet_compare {"batch":"kid"}',
  'fleet_diff {"targets":["kid-A2"]}',
].join("\n");

scenario("leads a fleet of three through its tools: starts, waits, tests, compares, reads", async (agent) => {
  await agent.addTools(["fleet", "mcp"]);
  const { code } = await agent.fleet(["create", "lead", "--wait", "--timeout", "100s", "-p", lead], patiently);
  const { stdout: said } = await agent.fleet(["logs", "lead", "-n", "1000"]);
  expect([code, said]).toEqual([0, expect.stringContaining("fleet_diff")]);
  const { id } = await agent.listed("lead");
  expect(await agent.listed("kid-A3")).toMatchObject({ parent: id, depth: 1, status: "idle" });
  expect(agent.model.questions.map(({ newest }) => newest).join("\n")).toContain("passed");
});

/** What a leader with a shell is told to do: to read its skill, and what that says. */
function leadByShell({ name, box }: RealAgent): string {
  const shell = (command: string) =>
    name === "claude"
      ? `Bash ${JSON.stringify({ command, description: "lead the fleet" })}`
      : `exec_command ${JSON.stringify({ cmd: command, yield_time_ms: 50_000 })}`;
  // The shell of Codex is a login shell, for which the system decides what is on the PATH.
  const fleet = (words: string) => shell(`PATH=${box.bin}:$PATH fleet ${words}`);
  return [
    "use-tools",
    name === "claude" ? 'Skill {"skill":"fleet"}' : shell("cat ~/.codex/skills/fleet/SKILL.md"),
    fleet("fanout 3 kid -p 'run-shell touch made-by-$AI_FLEET_BRANCH.txt'"),
    fleet("wait kid --timeout 50s"),
    fleet('compare kid --test "test -e made-by-kid-A2.txt"'),
    fleet("diff kid-A2"),
    fleet("pick kid-A2"),
  ].join("\n");
}

scenario("leads a fleet of three by its skill: fans out, waits, compares, reads, takes the best", async (agent) => {
  await agent.fleet(["skill", "install", agent.name]).expect({ stdout: /SKILL\.md\n$/, stderr: /./ });
  const create = ["create", "lead", "--wait", "--timeout", "100s", "-p", leadByShell(agent)];
  const { code } = await agent.fleet(create, patiently);
  const { stdout: said } = await agent.fleet(["logs", "lead", "-n", "1000"]);
  expect([code, said]).toEqual([0, expect.stringContaining("fleet pick kid-A2")]);
  const results = agent.model.questions.map(({ newest }) => newest).join("\n");
  expect(results).toContain("Leading a fleet of agents");
  expect(results).toContain("kid-A2 before kid-A");
  expect(await agent.project.git("ls-tree", "--name-only", "lead", "made-by-kid-A2.txt")).toBe("made-by-kid-A2.txt");
  const { stdout: left } = await agent.fleet(["list", "-q"]);
  expect(left.split("\n").filter(Boolean).sort()).toEqual(["kid-A2", "lead"]);
});
