import { expect, test } from "bun:test";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import type { AgentAdapter, AgentSignals, AgentState } from "../../../../src/agents/adapter.ts";
import { customAgent } from "../../../../src/agents/custom.ts";
import { handedOver } from "../../../../src/fleet/watch/handed-over.ts";
import { readRuntime } from "../../../../src/fleet/watch/runtime.ts";
import { needsUser, type StatusWord, statusOf, statusWords } from "../../../../src/fleet/watch/status.ts";
import type { ProcessInfo } from "../../../../src/system/processes/process.ts";
import type { Pane } from "../../../../src/system/tmux/panes.ts";
import { temporaryFolder } from "../../../helpers/folder.ts";
import { agentEntry, filesIn } from "../../../helpers/samples.ts";

// Numbers that no process has.
const launcher = 5_000_100;
const agent = 5_000_101;

/** What a look at the machine finds of an agent that runs. */
interface Look {
  /** Files of the agent by name, as its launcher and it wrote them. */
  readonly files?: Readonly<Record<string, string>>;
  readonly pane?: Partial<Pane> | "gone";
  readonly processes?: readonly number[];
  readonly adapter?: AgentAdapter | undefined;
}

const started = { pid: `${agent}\n` };

/** The groups of an agent, one that is not there. */
function capsIn(name: string): string {
  return JSON.stringify({ version: 2, directories: [`/sys/fs/cgroup/${name}`], memory_ends: 0, container: false });
}

const looks: readonly { readonly what: string; readonly look: Look; readonly is: readonly [StatusWord, string?] }[] = [
  { what: "nothing is written yet", look: { files: {} }, is: ["starting"] },
  { what: "a setup command runs", look: { files: { phase: "setup 2\n" } }, is: ["setup", "command 2"] },
  {
    what: "the last setup command has ended, or not yet",
    look: { files: { phase: "setup 2\n", pid: "" } },
    is: ["setup", "command 2"],
  },
  {
    what: "the agent runs after its setup",
    look: { files: { ...started, phase: "setup 2\n" } },
    is: ["working", "says title of pane"],
  },
  { what: "the agent runs", look: { files: started }, is: ["working", "says title of pane"] },
  { what: "the agent's process is not there yet", look: { files: started, processes: [launcher] }, is: ["starting"] },
  {
    what: "the id of the agent belongs to a process elsewhere",
    look: { files: { ...started, pid: "7\n" } },
    is: ["starting"],
  },
  {
    what: "tmux runs something else in its pane",
    look: { files: started, pane: { pid: process.pid }, processes: [launcher] },
    is: ["exited", "something else was started in its tmux pane"],
  },
  {
    what: "the agent is not configured any more",
    look: { files: started, adapter: undefined },
    is: ["unknown", "the configuration has no agent demo any more"],
  },
  { what: "the agent ended", look: { files: { ...started, exit: "0\n" } }, is: ["exited", "code 0"] },
  {
    what: "the agent ended and its pane is dead",
    look: { files: { ...started, exit: "3\n" }, pane: { dead: true, exitCode: 3 } },
    is: ["exited", "code 3"],
  },
  {
    what: "the agent ended and its session is gone",
    look: { files: { ...started, exit: "143\n" }, pane: "gone" },
    is: ["exited", "code 143"],
  },
  {
    what: "somebody else ended the slice that it was in",
    look: {
      files: { ...started, exit: "143\n", "caps.json": capsIn("gone.slice") },
      pane: { dead: true, exitCode: 143 },
    },
    is: ["exited", "code 143, its slice of systemd was stopped"],
  },
  {
    what: "it ended itself, and its slice is gone since",
    look: { files: { ...started, exit: "1\n", "caps.json": capsIn("gone.slice") }, pane: { dead: true, exitCode: 1 } },
    is: ["exited", "code 1"],
  },
  {
    what: "a signal ended it, and its groups, which are no slice, are gone",
    look: { files: { ...started, exit: "143\n", "caps.json": capsIn("gone") }, pane: { dead: true, exitCode: 143 } },
    is: ["exited", "code 143"],
  },
  {
    what: "the launcher was killed while the agent ran",
    look: { files: started, pane: { dead: true, exitSignal: 9 } },
    is: ["exited", "signal 9, with its launcher"],
  },
  {
    what: "the launcher ended before it started the agent",
    look: { files: {}, pane: { dead: true, exitCode: 1 } },
    is: ["exited", "code 1, before it started"],
  },
  {
    what: "tmux has not noticed how the launcher ended",
    look: { files: {}, pane: { dead: true } },
    is: ["exited", "code unknown, before it started"],
  },
  {
    what: "its session is gone, but a process of it is not",
    look: { files: started, pane: "gone", processes: [agent] },
    is: ["error", "its tmux session is gone, but it still runs"],
  },
  { what: "its session is gone", look: { files: started, pane: "gone" }, is: ["stopped", "its tmux session is gone"] },
  {
    what: "it was ended because the kernel did not keep it to its caps",
    look: { files: { ...started, uncapped: "", "ended-by-us": "" }, pane: "gone" },
    is: ["failed", "not kept to its caps, so it was ended"],
  },
  {
    what: "a setup command failed",
    look: { files: { phase: "failed 2 127\n" }, pane: { dead: true, exitCode: 127 } },
    is: ["failed", "setup command 2 exited 127"],
  },
  {
    what: "a setup command failed and the session is gone",
    look: { files: { phase: "failed 1 1\n" }, pane: "gone" },
    is: ["failed", "setup command 1 exited 1"],
  },
  {
    what: "the user stopped it",
    look: { files: { ...started, stopped: "" }, pane: "gone" },
    is: ["stopped", "by you"],
  },
  {
    what: "the user stopped it and it wrote how it ended",
    look: { files: { ...started, exit: "143\n", stopped: "" }, pane: "gone" },
    is: ["stopped", "by you"],
  },
  { what: "half a file was written", look: { files: { phase: "", pid: "10", exit: "" } }, is: ["starting"] },
];

for (const {
  what,
  look,
  is: [word, reason],
} of looks) {
  test(`when ${what}, an agent is ${word}`, () => {
    expect(statusAt(look)).toMatchObject({ word, reason });
  });
}

test("a status began when the file was written that tells of it", () => {
  for (const [file, text] of Object.entries({ phase: "setup 1\n", exit: "1\n", stopped: "" })) {
    expect(statusAt({ files: { [file]: text } }).since).toEqual(new Date("2025-06-01T00:00:00Z"));
  }
});

test("what a status consists of is told apart without its words", () => {
  expect(statusAt({ files: { ...started, exit: "0\n" } }).detail).toEqual({ kind: "exited", code: 0 });
  expect(statusAt({ files: { phase: "failed 2 124 timeout\n" } }).detail).toEqual({
    kind: "setup-failed",
    step: 2,
    code: 124,
    timedOut: true,
  });
  expect(statusAt({ files: started, pane: { dead: true, exitSignal: 9 } }).detail).toEqual({
    kind: "launcher-ended",
    code: undefined,
    signal: 9,
    started: true,
  });
  const asking: AgentAdapter = { ...talking, state: () => ({ activity: "waiting", reason: "yes or no?" }) };
  expect(statusAt({ files: started, adapter: asking }).detail).toEqual({
    kind: "question",
    text: "yes or no?",
    choices: [],
  });
});

test("an agent is asked with what it can be known by", () => {
  let asked: AgentSignals | undefined;
  const curious: AgentAdapter = {
    ...talking,
    state(signals) {
      asked = signals;
      return { activity: "idle", since: new Date(0) };
    },
  };
  expect(statusAt({ files: { ...started, status: "waiting\nyes or no?\n" }, adapter: curious })).toEqual({
    word: "idle",
    detail: undefined,
    reason: undefined,
    since: new Date(0),
  });
  expect(asked).toEqual({
    pid: agent,
    screen: "",
    processStart: `start of ${agent}`,
    title: "title of pane",
    event: { word: "waiting", reason: "yes or no?", at: new Date("2025-06-01T00:00:00Z") },
    place: {
      worktree: "/home/me/.ai_fleet/worktrees/fix-42",
      agentSession: null,
      startedAt: new Date("2025-05-31T23:05:00Z"),
      statusFile: expect.stringContaining("/agents/0a1b2c3d/status"),
      environment: { HOME: "/home/me" },
    },
  });
});

test("an agent whose conversation does not have its first prompt is starting, unless it says that it has begun", () => {
  const handed = { at: new Date().toISOString(), prompt: "begin", pasted: "begin", atStart: true };
  const silent: AgentAdapter = { ...talking, conversation: () => [] };
  const files = { ...started, "handed-over.jsonl": `${JSON.stringify(handed)}\n` };
  const places = filesIn(temporaryFolder());
  const wordWhen = (state: AgentState) => statusAt({ files, adapter: { ...silent, state: () => state } }, places).word;
  expect(wordWhen({ activity: "idle" })).toBe("starting");
  expect(wordWhen({ activity: "working" })).toBe("working");
  expect(handedOver(places)).toHaveLength(1);
  expect(wordWhen({ activity: "idle", hasBegun: true })).toBe("idle");
  expect(handedOver(places)).toEqual([]);
});

test("an agent needs the user when it cannot go on without him", () => {
  const inNeed = statusWords.filter((word) => needsUser({ word }));
  expect(inNeed).toEqual(["waiting", "error", "failed", "exited"]);
});

const talking: AgentAdapter = {
  ...customAgent("demo", { command: "demo", flags: [], prompt: "argument", prompt_option: undefined, env: {} }),
  state: ({ title }) => ({ activity: "working", reason: `says ${title}` }),
};

function statusAt(look: Look, files = filesIn(temporaryFolder())) {
  mkdirSync(files.directory, { recursive: true });
  const written = new Date("2025-06-01T00:00:00Z");
  for (const [name, text] of Object.entries(look.files ?? {})) {
    writeFileSync(`${files.directory}/${name}`, text);
    utimesSync(`${files.directory}/${name}`, written, written);
  }
  return statusOf({
    entry: agentEntry(),
    files,
    runtime: readRuntime(files),
    pane: look.pane === "gone" ? undefined : { ...livingPane, ...look.pane },
    processes: (look.processes ?? (look.pane === "gone" ? [] : [launcher, agent])).map(processInfo),
    adapter: "adapter" in look ? look.adapter : talking,
    environment: { HOME: "/home/me" },
    screen: "",
  });
}

const livingPane: Pane = {
  session: "$1",
  sessionName: "ai_fix-42",
  pane: "%1",
  pid: launcher,
  dead: false,
  exitCode: undefined,
  exitSignal: undefined,
  attached: false,
  alternateScreen: false,
  marked: false,
  agentId: "0a1b2c3d",
  agentPane: "%1",
  ownerId: "0a1b2c3d",
  title: "title of pane",
};

function processInfo(pid: number): ProcessInfo {
  return {
    pid,
    parent: pid - 1,
    name: "demo",
    start: `start of ${pid}`,
    cpuSeconds: 0,
    memoryBytes: 1_000_000,
    zombie: false,
  };
}
