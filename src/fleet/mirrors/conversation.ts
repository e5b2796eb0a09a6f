import { dirname } from "node:path";
import { findAgent } from "../../agents/catalog.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { exists, makePrivateDirectory, writePrivateFile } from "../../system/files.ts";
import { git, gitBytes } from "../../system/git/command.ts";
import type { Repository } from "../../system/git/repository.ts";
import { type Fleet, gitAt } from "../fleet.ts";
import { transcriptPlace } from "../watch/transcript.ts";

/**
 * Puts the conversation of an agent, as its CLI keeps it, into a repository as a blob that no ref keeps; `undefined` when it has none, or
 * its CLI would not go on with it elsewhere.
 */
export async function storeConversation(
  fleet: Fleet,
  repository: Repository,
  entry: AgentEntry,
): Promise<string | undefined> {
  const file = conversationFile(fleet, entry)?.found();
  if (file === undefined) return undefined;
  return (
    await git(gitAt(fleet, repository.commonDirectory), ["hash-object", "-w", "--no-filters", "--", file])
  ).trim();
}

/** Puts a conversation where the CLI of an agent looks for it on this machine. One that is there already is left alone. */
export async function placeConversation(
  fleet: Fleet,
  repository: Repository,
  entry: AgentEntry,
  blob: string,
): Promise<void> {
  const file = conversationFile(fleet, entry);
  if (file === undefined || file.found() !== undefined) return;
  const content = await gitBytes(gitAt(fleet, repository.commonDirectory), ["cat-file", "blob", blob]);
  makePrivateDirectory(dirname(file.expected));
  if (!exists(file.expected)) writePrivateFile(file.expected, content);
}

function conversationFile(fleet: Fleet, entry: AgentEntry) {
  const adapter = findAgent(entry.agent, fleet.settings.config.agents);
  return adapter?.conversationFile?.(transcriptPlace(fleet, entry));
}
