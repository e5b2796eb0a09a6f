import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bareTool } from "./bare-tool.ts";
import { costContest } from "./cost.ts";
import { crowdedContest } from "./crowd.ts";
import { compileHello } from "./hello.ts";
import type { Step } from "./measure.ts";
import { peersContest } from "./peers.ts";
import type { Place } from "./place.ts";
import { promptContest } from "./prompts.ts";
import { realAgentContest } from "./real-agents.ts";
import { addIgnoredModules, makeRepository, packModules } from "./repository.ts";
import { mergeContest, raceContest, reviewContest } from "./review.ts";
import { sandboxContest } from "./sandboxes.ts";

/** What is measured, by the name that `--only` takes. The budgets are for two cores and a small repository. */
export const contests = {
  start: startContest,
  "list-5": (place: Place) => listContest(place, 5),
  list: (place: Place) => listContest(place, 20),
  "list-100": (place: Place) => listContest(place, 100),
  "list-300": (place: Place) => listContest(place, 300),
  "prompt-1": (place: Place) => promptContest(place, 1),
  "prompt-10": (place: Place) => promptContest(place, 10),
  "prompt-100": (place: Place) => promptContest(place, 100),
  "prompt-300": (place: Place) => promptContest(place, 300),
  peers: peersContest,
  cost: costContest,
  "create-20": (place: Place) => createContest(place, 20),
  "create-5000": (place: Place) => createContest(place, 5000),
  "create-50000": (place: Place) => createContest(place, 50_000),
  "create-5000-busy": (place: Place) => besideWork(place, createContest(place, 5000)),
  "create-50000-busy": (place: Place) => besideWork(place, createContest(place, 50_000)),
  "fanout-5-20": (place: Place) => fanoutContest(place, 5, 20),
  "fanout-20-20": (place: Place) => fanoutContest(place, 20, 20),
  "fanout-50-20": (place: Place) => fanoutContest(place, 50, 20),
  "fanout-100-20": (place: Place) => fanoutContest(place, 100, 20),
  "fanout-200-20": (place: Place) => fanoutContest(place, 200, 20),
  "fanout-300-crowded": crowdedContest,
  "fanout-5-5000": (place: Place) => fanoutContest(place, 5, 5000),
  "fanout-20-5000": (place: Place) => fanoutContest(place, 20, 5000),
  "fanout-5-50000": (place: Place) => fanoutContest(place, 5, 50_000),
  "clone-30000": (place: Place) => cloneContest(place, 5, 30_000),
  review: reviewContest,
  merge: mergeContest,
  race: raceContest,
  sandboxes: sandboxContest,
  claude: (place: Place) => realAgentContest(place, "claude"),
  codex: (place: Place) => realAgentContest(place, "codex"),
} as const satisfies Record<string, (place: Place) => Promise<readonly Step[]>>;

export type ContestName = keyof typeof contests;

/** They need the real agents, which `scripts/real-agents` installs, or worktrunk, or much of a machine for minutes. */
export const contestsOnRequest: readonly ContestName[] = [
  ...(["claude", "codex", "peers"] as const),
  ...(["list-300", "prompt-300", "fanout-200-20", "fanout-300-crowded"] as const),
  ...(["create-50000", "create-5000-busy", "create-50000-busy"] as const),
];

/** What it costs to be started at all. */
async function startContest(place: Place): Promise<readonly Step[]> {
  const hello = "hello world, compiled alike";
  const node = Bun.which("node");
  const executable = await compileHello(place);
  return [
    { label: hello, argv: () => [executable] },
    { label: "fleet --version", beside: hello, budgetMilliseconds: 12, argv: () => [place.fleet, "--version"] },
    { label: "fleet --help", beside: hello, argv: () => [place.fleet, "--help"] },
    { label: "git --version", beside: hello, argv: () => ["git", "--version"] },
    { label: "tmux -V", beside: hello, argv: () => ["tmux", "-V"] },
    ...(node === null ? [] : [{ label: "node -e 0", beside: hello, argv: () => [node, "-e", "0"] }]),
  ];
}

/** A look at agents that have each made a commit and are idle. */
async function listContest(place: Place, agents: number): Promise<readonly Step[]> {
  const directory = await makeRepository(place, 20);
  await place.run([place.fleet, "fanout", `${agents}`, "listed", "--agent", "demo", "-p", "make a note"], directory);
  await place.run([place.fleet, "wait", "listed"], directory);
  // A list counts the changes of eight at most: what it has yet to count is no part of a look.
  await place.run([place.fleet, "list", "--fresh"], directory);
  const bare = `tmux list-panes, git for-each-ref, ps, ${agents} agents`;
  const look = { beside: bare, directory, argv: () => [place.fleet, "list"] };
  return [
    { label: bare, directory, argv: () => [bareTool("list"), place.socket], before: () => place.rest() },
    {
      ...look,
      label: `fleet list, ${agents} agents`,
      ...(agents === 20 ? { budgetMilliseconds: 30 } : {}),
      before: () => place.rest(),
    },
    {
      ...look,
      label: `fleet list, ${agents} agents, first look`,
      async before() {
        await place.rest();
        rmSync(join(place.fleetHome, "agents/usage.json"), { force: true });
      },
    },
  ];
}

/** How often a contest is run at most: those with many files take long. */
export const mostRounds: Partial<Readonly<Record<ContestName, number>>> = {
  "fanout-100-20": 5,
  "fanout-200-20": 3,
  "fanout-300-crowded": 1,
  "prompt-100": 5,
  "prompt-300": 3,
  "fanout-20-5000": 5,
  race: 5,
  "create-50000": 5,
  "create-50000-busy": 5,
  "fanout-5-50000": 3,
  "clone-30000": 5,
};

/** Making one agent and ending it. */
async function createContest(place: Place, files: number): Promise<readonly Step[]> {
  const create = `git worktree add, tmux new-session, ${files} files`;
  const kill = `tmux kill-session, git worktree remove, ${files} files`;
  const common = { directory: await makeRepository(place, files), before: () => place.rest() };
  const bare = (tool: string, round: number) => [bareTool(tool), place.socket, place.root, `bare-${round}`];
  const own = (round: number) => `agent-${round}`;
  return [
    { ...common, label: create, argv: (round) => bare("create", round) },
    {
      ...common,
      label: `fleet create, ${files} files`,
      beside: create,
      argv: (round) => [place.fleet, "create", own(round), "--agent", "demo"],
    },
    { ...common, label: kill, argv: (round) => bare("kill", round) },
    {
      ...common,
      label: `fleet kill, ${files} files`,
      beside: kill,
      argv: (round) => [place.fleet, "kill", own(round)],
    },
  ];
}

/** The same while a core has other work to do, as it has where agents are at work. */
async function besideWork(place: Place, contest: Promise<readonly Step[]>): Promise<readonly Step[]> {
  const steps = await contest;
  const work = place.spawnAlone(["sh", "-c", "while :; do :; done"]);
  place.defer(async () => {
    work.kill();
    await work.exited;
  });
  return steps.map((step) => ({
    ...step,
    label: `${step.label}, a core busy`,
    ...(step.beside === undefined ? {} : { beside: `${step.beside}, a core busy` }),
  }));
}

/** Making several agents at once and ending them all. */
async function fanoutContest(place: Place, agents: number, files: number): Promise<readonly Step[]> {
  const size = `${agents} x ${files} files`;
  const create = `best script for git and tmux, ${size}`;
  const kill = `tmux kill-session, git worktree remove, ${size}`;
  const common = { directory: await makeRepository(place, files), before: () => place.rest() };
  const numbers = Array.from({ length: agents }, (_, index) => index + 1);
  const bareNames = (round: number) => numbers.map((number) => `bare-${round}-${number}`);
  const bare = (tool: string, round: number) => [bareTool(tool), place.socket, place.root, ...bareNames(round)];
  const own = (round: number) => `batch-${round}`;
  const small = agents === 5 && files === 20;
  return [
    // Each ends its own before the other begins: git takes longer to add a worktree, and to remove one, the more there are.
    { ...common, label: create, argv: (round) => bare("fanout", round) },
    { ...common, label: kill, argv: (round) => bare("kill", round) },
    {
      ...common,
      label: `fleet fanout, ${size}`,
      beside: create,
      ...(small ? { budgetMilliseconds: 120 } : {}),
      argv: (round) => [place.fleet, "fanout", `${agents}`, own(round), "--agent", "demo", "-p", "work 0"],
    },
    {
      ...common,
      label: `fleet kill, ${size}`,
      beside: kill,
      ...(small ? { budgetMilliseconds: 60 } : {}),
      argv: (round) => [place.fleet, "kill", own(round)],
    },
  ];
}

/** Giving new worktrees a `node_modules`, alone and to several agents at once; the agents are made and started on top of that. */
async function cloneContest(place: Place, agents: number, files: number): Promise<readonly Step[]> {
  const directory = await makeRepository(place, 20);
  const modules = await addIgnoredModules(place, directory, files);
  mkdirSync(place.fleetHome);
  writeFileSync(join(place.fleetHome, "config.toml"), 'clone_directories = ["node_modules"]\n');
  const copies = join(place.root, "copies");
  const common = {
    directory,
    async before() {
      rmSync(copies, { recursive: true, force: true });
      mkdirSync(copies);
      if ((await place.run([place.fleet, "list", "-q"], directory)) !== "")
        await place.run([place.fleet, "kill", "--all", "-y"], directory);
      await place.rest();
    },
  };
  const npm = Bun.which("npm");
  const project = npm === null ? directory : await packModules(place, modules);
  const one = `cp -a, node_modules of ${files} files`;
  const atOnce = `${agents} x cp -a at once, node_modules of ${files} files`;
  const copy = 'source=$1; shift; for target; do cp -a "$source" "$target" & done; wait';
  const targets = Array.from({ length: agents }, (_, index) => join(copies, `${index}`));
  return [
    { ...common, label: one, argv: () => ["cp", "-a", modules, join(copies, "one")] },
    ...(npm === null ? [] : [npmInstall(project, files, one)]),
    {
      ...common,
      label: `fleet create, clones ${files} files`,
      beside: one,
      argv: (round) => [place.fleet, "create", `agent-${round}`, "--agent", "demo"],
    },
    { ...common, label: atOnce, argv: () => ["sh", "-c", copy, "sh", modules, ...targets] },
    {
      ...common,
      label: `fleet fanout, ${agents} x clones ${files} files`,
      beside: atOnce,
      argv: (round) => [place.fleet, "fanout", `${agents}`, `batch-${round}`, "--agent", "demo", "-p", "work 0"],
    },
  ];
}

function npmInstall(project: string, files: number, beside: string): Step {
  return {
    label: `npm install --offline, ${files} files`,
    beside,
    directory: project,
    argv: () => ["npm", "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"],
    before: async () => rmSync(join(project, "node_modules"), { recursive: true, force: true }),
  };
}
