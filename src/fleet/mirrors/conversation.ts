import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { findAgent } from "../../agents/catalog.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { makePrivateDirectory, moveAway, replaceFile } from "../../system/files.ts";
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

/**
 * Puts a conversation where the CLI of an agent looks for it on this machine. One that is there of an earlier stay is brought up to date; it
 * stays when it has more, and is kept beside the other when it went another way.
 */
export async function placeConversation(
  fleet: Fleet,
  repository: Repository,
  entry: AgentEntry,
  blob: string,
): Promise<void> {
  const file = conversationFile(fleet, entry);
  if (file === undefined) return;
  const brought = await gitBytes(gitAt(fleet, repository.commonDirectory), ["cat-file", "blob", blob]);
  const found = file.found();
  const there = found === undefined ? Buffer.of() : readFileSync(found);
  if (found !== undefined && goesOnFrom(there, brought)) return;
  if (found !== undefined && !goesOnFrom(brought, there)) moveAway(found, `${found}.${Date.now()}.kept`);
  const path = found ?? file.expected;
  makePrivateDirectory(dirname(path));
  replaceFile(path, brought);
}

/** Whether a conversation is an earlier one with more after it, or the same. */
function goesOnFrom(conversation: Buffer, earlier: Buffer): boolean {
  return conversation.subarray(0, earlier.length).equals(earlier);
}

function conversationFile(fleet: Fleet, entry: AgentEntry) {
  const adapter = findAgent(entry.agent, fleet.settings.config.agents);
  return adapter?.conversationFile?.(transcriptPlace(fleet, entry));
}
