import { basename, dirname, isAbsolute, join } from "node:path";
import { isHeld } from "../model/sandbox.ts";
import type { AgentEntry } from "./entry.ts";

const trashName = ".trash";
const adminTrashName = "fleet-trash";

/** Where the fleet keeps what it knows; all but the last are configuration keys. */
export interface StatePlaces {
  readonly stateFile: string;
  readonly agentsRoot: string;
  readonly journalRoot: string;
  readonly worktreeRoot: string;
  /** What the user has accepted of the settings that repositories bring. */
  readonly trustRoot: string;
}

/** The files of one agent. They stay after a kill, so that its logs can still be read. */
export interface AgentFiles {
  readonly directory: string;
  /** The entry as it was when the agent was created or last changed. */
  readonly record: string;
  /** The first prompt, byte for byte. */
  readonly prompt: string;
  /** What the agent is given instead of the prompt, when that is not the prompt itself. */
  readonly firstMessage: string;
  readonly launcher: string;
  /** What the launcher is told of this agent. */
  readonly plan: string;
  /** The caller's exports; gone as soon as the launcher has read them. */
  readonly environment: string;
  /** Made by whoever is first: the launcher to start the agent, or `fleet` to call it off. */
  readonly claim: string;
  /** Where the launcher is in the setup: `setup N`, 0 while it waits for others, or `failed N CODE`, with `timeout` behind it. */
  readonly phase: string;
  readonly pid: string;
  /** Where the agent keeps what it knows: variables it was started with. */
  readonly home: string;
  readonly exit: string;
  readonly setupLog: string;
  /** What the agent last said of itself: a word, then text. */
  readonly status: string;
  /** Written when a prompt is handed over, with the beginning of a later one: a turn that ended earlier does not answer it. */
  readonly prompted: string;
  /** The prompts it was handed and was not seen to have taken yet: an object in each line. */
  readonly handedOver: string;
  /** A file for each prompt that it had not taken when it ended. */
  readonly untaken: string;
  /** The question of the agent that the user was shown last. */
  readonly shownQuestion: string;
  /** How many bytes its worktree takes in the trash, once that was measured. */
  readonly treeBytes: string;
  /** The last screen, kept when the session ends. */
  readonly screen: string;
  /** How it ended, once it was killed: what `restore` needs. */
  readonly ending: string;
  /** Present since a repair took the agent out of the registry, because nothing of it was there any more. */
  readonly forgotten: string;
  /** Which branches, tags and worktrees its repository had before it started. */
  readonly knownBefore: string;
  /** Where the branches of its repository were at the last look, for an agent that could move them. */
  readonly branchesBefore: string;
  /** What of that was new when it was killed; present only if anything was. */
  readonly leftBehind: string;
  /** Copies of ignored files that it had changed. */
  readonly keptFiles: string;
  /** Present when the user stopped the agent. */
  readonly stopped: string;
  /** The lock of who starts it again. */
  readonly resuming: string;
  /** Present when a command of the user ends the agent: its end is no news then. */
  readonly endedByUs: string;
  /** Present when it was ended because the kernel did not keep it to its caps. */
  readonly uncapped: string;
  /** What it has used so far, and how far its transcripts have been read for that. */
  readonly usage: string;
  /** Every answer of a model that was found in its transcripts. */
  readonly replies: string;
  /** Present while a budget of it is used: why, in a line. */
  readonly overBudget: string;
  /** What it may use, and what models cost, for `budgetHook` to read. */
  readonly budget: string;
  /** What the agent runs before each tool, where it can: it stops the turn when the budget is used. */
  readonly budgetHook: string;
  /** How far that has read, and what it found. */
  readonly spent: string;
  /** The script that runs the user's `[notify]` command. */
  readonly notifier: string;
  /** The one directory of these that an agent in a sandbox can write to: its home, and what it says of itself. */
  readonly inside: string;
  /** Its home there. */
  readonly insideHome: string;
  /** The git directory that an agent in a sandbox has instead of the repository's. */
  readonly privateGit: string;
  /** What it was kept from reaching in the network: `HOST:PORT` in each line. */
  readonly refused: string;
  /** Notes of its containers, and what these have outside: see `ContainerView`. */
  readonly containers: string;
  /** What the kernel said of its memory when its container ended. */
  readonly memoryReport: string;
  /** The groups in which the kernel keeps it to its caps. */
  readonly caps: string;
  /** How many of its processes had been ended for want of memory when it was given its last prompt. */
  readonly memorySeen: string;
  /** How far the repository has taken over what was committed in that. */
  readonly taken: string;
  /** A script of ours that is the agent. */
  readonly program: string;
  /** How its tests ended, and what they printed. */
  readonly tests: string;
}

/** The files of the agent with this id. */
export function agentFiles(places: StatePlaces, id: string): AgentFiles {
  const directory = join(places.agentsRoot, id);
  // `join` would take longer than all the rest of a look at an agent that does nothing.
  const file = (name: string) => `${directory}/${name}`;
  return {
    directory,
    record: file("record.json"),
    prompt: file("prompt"),
    firstMessage: file("first-message"),
    launcher: file("launcher"),
    plan: file("plan"),
    environment: file("environment"),
    claim: file("claim"),
    phase: file("phase"),
    pid: file("pid"),
    home: file("home.json"),
    exit: file("exit"),
    setupLog: file("setup.log"),
    status: file("status"),
    prompted: file("prompted"),
    handedOver: file("handed-over.jsonl"),
    untaken: file("untaken"),
    shownQuestion: file("shown-question"),
    treeBytes: file("tree-bytes"),
    screen: file("screen"),
    ending: file("ending.json"),
    forgotten: file("forgotten"),
    knownBefore: file("known-before.json"),
    branchesBefore: file("branches-before.json"),
    leftBehind: file("left-behind.json"),
    keptFiles: file("files"),
    stopped: file("stopped"),
    resuming: file("resuming.lock"),
    endedByUs: file("ended-by-us"),
    uncapped: file("uncapped"),
    usage: file("usage.json"),
    replies: file("replies.jsonl"),
    overBudget: file("over-budget"),
    budget: file("budget"),
    budgetHook: file("budget-hook"),
    spent: file("spent"),
    notifier: file("notify"),
    inside: file("inside"),
    insideHome: file("inside/home"),
    privateGit: file("git"),
    refused: file("refused"),
    containers: file("containers"),
    memoryReport: file("inside/memory-agent"),
    caps: file("caps.json"),
    memorySeen: file("memory-seen"),
    taken: file("taken.json"),
    program: file("program"),
    tests: file("tests"),
  };
}

interface Held {
  readonly sandbox?: AgentEntry["sandbox"] | undefined;
}

/** What an agent last said of itself: where it can write, if it is in a sandbox. */
export function statusFileOf({ status, inside }: AgentFiles, { sandbox }: Held): string {
  return isHeld(sandbox) ? `${inside}/status` : status;
}

/** The CPU time of all agents at the last looks at them: the start of the next measurement. */
export function usageFile(places: StatePlaces): string {
  return join(places.agentsRoot, "usage.json");
}

/** Where agents that share a budget tell each other what they have used: a directory for each batch and for each day. */
export function spendingRoot({ agentsRoot }: StatePlaces): string {
  return join(agentsRoot, "spending");
}

/** Where the setups of all agents queue. */
export function setupQueue({ agentsRoot }: StatePlaces): string {
  return join(agentsRoot, "setup-queue");
}

/** Where is noted which repositories an agent CLI trusts because fleet said so. */
export function trustNotesFile({ trustRoot }: StatePlaces, agent: string): string {
  return join(trustRoot, `${agent}.json`);
}

/**
 * A new place where a worktree waits for its files to be deleted: on the file system it is on, so that moving it there is one rename.
 * Never one that was used before: what is there may still be in the middle of being deleted.
 */
export function trashPlace(places: StatePlaces, id: string): string {
  return join(trashRoot(places), `${id}-${crypto.randomUUID().slice(0, 8)}`);
}

/** Where the worktree of a killed agent lives on, whole, until its time is over: beside where it was, one rename away. */
export function keptTree(worktree: string, id: string): string {
  return join(dirname(worktree), `${trashName}-${id}`);
}

/** The id of the agent whose worktree lives on at this path; `undefined` when the path is no such place. */
export function keptTreeOwner(path: string): string | undefined {
  const id = basename(path).replace(`${trashName}-`, "");
  return /^[0-9a-f]{8}$/.test(id) && basename(path) === `${trashName}-${id}` ? id : undefined;
}

/** Where git's own directory of that worktree lives on: two levels below the directory that all worktrees of a repository share. */
export function keptAdmin(commonDirectory: string, id: string): string {
  return join(commonDirectory, adminTrashName, id);
}

/** Whether a path is where git's directory of a worktree of this agent, or of one inside of it (`ID+NAME`), lives on. */
export function isKeptAdmin(path: string, id: string): boolean {
  const name = basename(path);
  if (!isAbsolute(path) || path !== join(dirname(dirname(path)), adminTrashName, name)) return false;
  return name === id || (name.startsWith(`${id}+`) && name.length > id.length + 1);
}

/** Whether a path is where the worktree of this agent waited, also below an earlier root. */
export function isTrashPlace(path: string, id: string): boolean {
  const name = basename(path);
  if (isAbsolute(path) && path === join(dirname(path), `${trashName}-${id}`)) return true;
  return isAbsolute(path) && path === join(dirname(dirname(path)), trashName, name) && trashOwner(name) === id;
}

/** Where the mirrors of repositories are that agents of other machines' users work on. */
export function mirrorsRoot({ trustRoot }: Pick<StatePlaces, "trustRoot">): string {
  return join(dirname(trustRoot), "mirrors");
}

/** The id of the agent whose worktree waits in the trash under this name. */
export function trashOwner(name: string): string {
  return name.replace(/-[0-9a-f]{8}$/, "");
}

/** Where all of them wait. */
export function trashRoot(places: StatePlaces): string {
  return join(places.worktreeRoot, trashName);
}
