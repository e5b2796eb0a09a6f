import type { AgentAdapter } from "../../../agents/adapter.ts";
import { isContainer, isHeld, isIsolated } from "../../../model/sandbox.ts";
import { prepareContainerPlaces } from "../../../sandboxes/container.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { type AgentFiles, agentFiles } from "../../../state/places.ts";
import type { Environment } from "../../../system/environment.ts";
import { exists, makePrivateDirectory, removeTree } from "../../../system/files.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";
import { noteBranches } from "../moved-branches.ts";
import { prepareHome } from "./homes.ts";
import { preparePrivateGit, privateGit } from "./private-git.ts";
import { beginTakingIn, takeIn } from "./take-in.ts";

/** Makes what an agent in a sandbox has of its own, before it is started. Nothing for one without. */
export async function prepareInside(fleet: Fleet, entry: AgentEntry, adapter: AgentAdapter, outside: Environment) {
  const files = agentFiles(statePlaces(fleet), entry.id);
  if (isHeld(entry.sandbox)) makePrivateDirectory(files.inside);
  if (!isIsolated(entry.sandbox)) {
    // What is not there could not be made from inside.
    const missing = adapter.keeps?.(outside).directories.filter((path) => !exists(path));
    if (isHeld(entry.sandbox)) for (const path of missing ?? []) makePrivateDirectory(path);
    if (entry.sandbox?.kind === "write-guard") noteBranches(entry, files);
    return;
  }
  removeTree(files.refused);
  if (isContainer(entry.sandbox)) prepareContainerPlaces(files.containers);
  await Promise.all([prepareOwnGit(fleet, entry, files), prepareHome(fleet, entry, adapter, outside)]);
}

async function prepareOwnGit(fleet: Fleet, entry: AgentEntry, files: AgentFiles): Promise<void> {
  await takeIn(fleet, [entry]);
  beginTakingIn(entry, files, await preparePrivateGit(fleet, privateGit(entry, files)));
}
