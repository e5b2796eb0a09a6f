import { basename, join } from "node:path";
import { FleetError } from "../../errors.ts";
import { isIsolated } from "../../model/sandbox.ts";
import { type EndedAgent, type Ending, endedAgents, writeEnding } from "../../state/ending.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { savedRef } from "../../state/refs.ts";
import { readRegistry } from "../../state/registry.ts";
import {
  isRealDirectory,
  makePrivateDirectory,
  readTextIfExists,
  removeTree,
  replaceFile,
} from "../../system/files.ts";
import { git, withoutHooks } from "../../system/git/command.ts";
import type { Repository } from "../../system/git/repository.ts";
import { configuredServer, type Fleet, gitAt, statePlaces } from "../fleet.ts";
import { restoreAgent } from "../operations/restore/restore.ts";
import { resumeAgent } from "../operations/resume/resume.ts";
import { observeAgent } from "../watch/observe.ts";
import { hasEnded } from "../watch/status.ts";
import { discardTree, emptyTrash, giveUpTrees } from "../worktree/removal.ts";
import { placeConversation } from "./conversation.ts";
import { type BroughtCredential, layOut } from "./credentials.ts";

/** An agent that comes from another machine, whose objects are in the repository already. */
export interface Arrival {
  /** As it was there. */
  readonly entry: AgentEntry;
  /** The id of the fleet, on another machine, that it is there for; `undefined` for one of this machine. */
  readonly owner: string | undefined;
  readonly head: string;
  /** `head`, or a snapshot of its working tree on top of it. */
  readonly commit: string;
  readonly unsaved: number;
  /** The blob that its conversation is in. */
  readonly conversation: string | undefined;
  /** It ran, and is to go on. */
  readonly running: boolean;
  /** Credential files that its worktree has as well. */
  readonly files: readonly BroughtCredential[];
}

/** An agent that is on this machine now. */
export interface TakenOver {
  readonly entry: AgentEntry;
  /** Why it does not run, though it should. */
  readonly atRest: FleetError | undefined;
  /** It goes on with its conversation. */
  readonly goesOn: boolean;
}

/**
 * Makes an agent of another machine one of this: branch, worktree, unsaved files, what git was in the middle of, and its conversation where
 * that was brought. Of what is done already nothing is done again. What fails before it is in the registry leaves nothing.
 * @throws {FleetError} `failed` when its branch is taken here, or its work cannot be unpacked
 */
export async function takeOver(fleet: Fleet, repository: Repository, arrival: Arrival): Promise<TakenOver> {
  const known = readRegistry(statePlaces(fleet)).find(({ id }) => id === arrival.entry.id);
  if (known !== undefined && !(await isAtRest(fleet, known)))
    return { entry: known, atRest: undefined, goesOn: arrival.conversation !== undefined };
  const entry = known ?? (await moveIn(fleet, repository, arrival));
  if (arrival.conversation !== undefined) await placeConversation(fleet, repository, entry, arrival.conversation);
  if (!arrival.running) return { entry, atRest: undefined, goesOn: false };
  try {
    const resumed = await resumeAgent(fleet, entry, { prompt: undefined, quick: false });
    return { entry: resumed.entry, atRest: undefined, goesOn: resumed.conversation };
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return { entry, atRest: error, goesOn: false };
  }
}

async function isAtRest(fleet: Fleet, entry: AgentEntry): Promise<boolean> {
  return hasEnded(await observeAgent(fleet, entry));
}

/** Why an agent cannot go to another machine; `undefined` when it can. */
export function unmovable({ branch, sandbox }: AgentEntry): FleetError | undefined {
  if (!isIsolated(sandbox)) return undefined;
  return new FleetError("failed", `${branch} is in a sandbox, whose git directory is of this machine alone`, {
    hint: "to go on with its work elsewhere, merge it and start another agent there",
  });
}

/** It comes as one that was killed and is brought back: all that restoring knows to do is done, and undone when it fails. */
async function moveIn(fleet: Fleet, repository: Repository, arrival: Arrival): Promise<AgentEntry> {
  const places = statePlaces(fleet);
  const entry = ownEntry(fleet, repository, arrival);
  const files = agentFiles(places, entry.id);
  await giveUpEarlier(fleet, entry);
  const ending: Ending = {
    v: 1,
    operation: crypto.randomUUID().slice(0, 8),
    ended_at: new Date().toISOString(),
    head: arrival.head,
    head_branch: entry.branch,
    unsaved: arrival.unsaved,
    saved: arrival.commit === arrival.head ? null : arrival.commit,
    tree: null,
    admin: null,
    inner: [],
    running: arrival.running,
    files: arrival.files.map(({ path }) => path),
  };
  const common = gitAt(fleet, repository.commonDirectory);
  await git(common, [...withoutHooks, "update-ref", savedRef(entry.id), arrival.commit]);
  const before = [files.record, files.ending].map((path) => ({ path, text: readTextIfExists(path) }));
  makePrivateDirectory(files.directory);
  // It has been here before, maybe: nothing of that run says anything about this one, and its first prompt was for that one.
  for (const stale of [files.pid, files.home, files.exit, files.stopped, files.prompt]) removeTree(stale);
  removeTree(files.keptFiles);
  layOut(files.keptFiles, arrival.files);
  replaceFile(files.record, `${JSON.stringify(entry, null, 2)}\n`);
  writeEnding(places, entry.id, ending);
  try {
    return (await restoreAgent(fleet, { entry, ending }, undefined)).entry;
  } catch (error) {
    for (const { path, text } of before) {
      if (text === undefined) removeTree(path);
      else replaceFile(path, text);
    }
    await git(common, [...withoutHooks, "update-ref", "-d", savedRef(entry.id), arrival.commit]);
    throw error;
  } finally {
    removeTree(files.keptFiles);
  }
}

/** What it left when it went away from here waits in the trash, where it would be in its own way. */
async function giveUpEarlier(fleet: Fleet, { id, branch }: AgentEntry): Promise<void> {
  const earlier = endedAgents(statePlaces(fleet)).filter(({ entry }) => entry.id === id);
  const isWhole = ({ ending }: EndedAgent) => isRealDirectory(ending.tree ?? "");
  // Its tree has gone already, by a fleet that died here or by hand: nothing is left to look at.
  for (const agent of earlier.filter((each) => !isWhole(each))) discardTree(fleet, agent);
  const held = (await giveUpTrees(fleet, earlier.filter(isWhole))).flatMap((given) => given.held);
  emptyTrash(fleet);
  if (held.length === 0) return;
  throw new FleetError("failed", `${branch} was here before, and what it left holds what nothing else does`, {
    output: held.join("\n"),
    hint: "to see it, run fleet prune",
  });
}

/** The entry with what is of this machine: the repository, the terminal, whose it is. Worktrees of other machines are no places here. */
function ownEntry(fleet: Fleet, { root }: Repository, { entry, owner }: Arrival): AgentEntry {
  const worktree = join(statePlaces(fleet).worktreeRoot, basename(entry.worktree));
  const { owner: _, earlier_worktrees: __, parent: ___, depth: ____, ...rest } = entry;
  const { socket } = configuredServer(fleet);
  return {
    ...rest,
    worktree,
    repo: root,
    socket,
    pid: null,
    adopted: false,
    ...(owner === undefined ? {} : { owner }),
  };
}
