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

/**
 * The files of one agent. They stay after a kill, so that its logs can still be read. Their paths are put together when they are asked for: a
 * look at a hundred agents needs only a few of each.
 */
export class AgentFiles {
  readonly directory: string;
  /** The entry as it was when the agent was created or last changed. */
  get record(): string {
    return this.#file("record.json");
  }
  /** The first prompt, byte for byte. */
  get prompt(): string {
    return this.#file("prompt");
  }
  /** What the agent is given instead of the prompt, when that is not the prompt itself. */
  get firstMessage(): string {
    return this.#file("first-message");
  }
  get launcher(): string {
    return this.#file("launcher");
  }
  /** What the launcher is told of this agent. */
  get plan(): string {
    return this.#file("plan");
  }
  /** The caller's exports; gone as soon as the launcher has read them. */
  get environment(): string {
    return this.#file("environment");
  }
  /** Made by whoever is first: the launcher to start the agent, or `fleet` to call it off. */
  get claim(): string {
    return this.#file("claim");
  }
  /** Where the launcher is in the setup: `setup N`, 0 while it waits for others, or `failed N CODE`, with `timeout` behind it. */
  get phase(): string {
    return this.#file("phase");
  }
  get pid(): string {
    return this.#file("pid");
  }
  /** Where the agent keeps what it knows: variables it was started with. */
  get home(): string {
    return this.#file("home.json");
  }
  get exit(): string {
    return this.#file("exit");
  }
  get setupLog(): string {
    return this.#file("setup.log");
  }
  /** What the agent last said of itself: a word, then text. */
  get status(): string {
    return this.#file("status");
  }
  /** Written when a prompt is handed over, with the beginning of a later one: a turn that ended earlier does not answer it. */
  get prompted(): string {
    return this.#file("prompted");
  }
  /** The prompts it was handed and was not seen to have taken yet: an object in each line. */
  get handedOver(): string {
    return this.#file("handed-over.jsonl");
  }
  /** Written when it said that it had begun, and its conversation did not: its user keeps none. */
  get begun(): string {
    return this.#file("begun");
  }
  /** A file for each prompt that it had not taken when it ended. */
  get untaken(): string {
    return this.#file("untaken");
  }
  /** The question of the agent that the user was shown last. */
  get shownQuestion(): string {
    return this.#file("shown-question");
  }
  /** How many bytes its worktree takes in the trash, once that was measured. */
  get treeBytes(): string {
    return this.#file("tree-bytes");
  }
  /** The last screen, kept when the session ends. */
  get screen(): string {
    return this.#file("screen");
  }
  /** How it ended, once it was killed: what `restore` needs. */
  get ending(): string {
    return this.#file("ending.json");
  }
  /** Some kilobytes that are nothing: what a full disk has left for the command that gives up the worktree of the agent. */
  get room(): string {
    return this.#file("room");
  }
  /** Present since a repair took the agent out of the registry, because nothing of it was there any more. */
  get forgotten(): string {
    return this.#file("forgotten");
  }
  /** Which refs, worktrees, settings and hooks its repository had before it started. */
  get knownBefore(): string {
    return this.#file("known-before.json");
  }
  /** Where the branches of its repository were at the last look, for an agent that could move them. */
  get branchesBefore(): string {
    return this.#file("branches-before.json");
  }
  /** What of that was new when it was killed; present only if anything was. */
  get leftBehind(): string {
    return this.#file("left-behind.json");
  }
  /** Copies of ignored files that it had changed. */
  get keptFiles(): string {
    return this.#file("files");
  }
  /** Present when the user stopped the agent. */
  get stopped(): string {
    return this.#file("stopped");
  }
  /** The lock of who starts it again. */
  get resuming(): string {
    return this.#file("resuming.lock");
  }
  /** Present when a command of the user ends the agent: its end is no news then. */
  get endedByUs(): string {
    return this.#file("ended-by-us");
  }
  /** Present when it was ended because the kernel did not keep it to its caps. */
  get uncapped(): string {
    return this.#file("uncapped");
  }
  /** What it has used so far, and how far its transcripts have been read for that. */
  get usage(): string {
    return this.#file("usage.json");
  }
  /** Every answer of a model that was found in its transcripts. */
  get replies(): string {
    return this.#file("replies.jsonl");
  }
  /** Present while a budget of it is used: why, in a line. */
  get overBudget(): string {
    return this.#file("over-budget");
  }
  /** What it may use, and what models cost, for `budgetHook` to read. */
  get budget(): string {
    return this.#file("budget");
  }
  /** What the agent runs before each tool, where it can: it stops the turn when the budget is used. */
  get budgetHook(): string {
    return this.#file("budget-hook");
  }
  /** How far that has read, and what it found. */
  get spent(): string {
    return this.#file("spent");
  }
  /** The script that runs the user's `[notify]` command. */
  get notifier(): string {
    return this.#file("notify");
  }
  /** The one directory of these that an agent in a sandbox can write to: its home, and what it says of itself. */
  get inside(): string {
    return this.#file("inside");
  }
  /** Its home there. */
  get insideHome(): string {
    return this.#file("inside/home");
  }
  /** The git directory that an agent in a sandbox has instead of the repository's. */
  get privateGit(): string {
    return this.#file("git");
  }
  /** What it was kept from reaching in the network: `HOST:PORT` in each line. */
  get refused(): string {
    return this.#file("refused");
  }
  /** Notes of its containers, and what these have outside: see `ContainerView`. */
  get containers(): string {
    return this.#file("containers");
  }
  /** What the kernel said of its memory when its container ended. */
  get memoryReport(): string {
    return this.#file("inside/memory-agent");
  }
  /** The groups in which the kernel keeps it to its caps. */
  get caps(): string {
    return this.#file("caps.json");
  }
  /** How many of its processes had been ended for want of memory when it was given its last prompt. */
  get memorySeen(): string {
    return this.#file("memory-seen");
  }
  /** How far the repository has taken over what was committed in that. */
  get taken(): string {
    return this.#file("taken.json");
  }
  /** A script that ends the agent as soon as the `fleet` that was asked to, from inside of it, is gone. */
  get successor(): string {
    return this.#file("successor");
  }
  /** A script of ours that is the agent. */
  get program(): string {
    return this.#file("program");
  }
  /** How its tests ended, and what they printed. */
  get tests(): string {
    return this.#file("tests");
  }

  constructor(directory: string) {
    this.directory = directory;
  }

  #file(name: string): string {
    return `${this.directory}/${name}`;
  }
}

/** The files of the agent with this id. */
export function agentFiles(places: StatePlaces, id: string): AgentFiles {
  return new AgentFiles(join(places.agentsRoot, id));
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
