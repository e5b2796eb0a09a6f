import { dirname } from "node:path";
import { makePrivateDirectory, readBytesIfExists, replaceFile } from "../../system/files.ts";
import { withLock } from "../../system/lock.ts";
import { utf8Text } from "../../system/utf8.ts";
import type { StartConditions, StartRequest } from "../adapter.ts";
import { noteTrustForUser } from "../trust-notes.ts";

interface StateFile {
  hasCompletedOnboarding?: boolean;
  projects?: Record<string, { hasTrustDialogAccepted?: boolean }>;
  customApiKeyResponses?: { approved?: string[]; rejected?: string[] };
}

/**
 * Answers the questions Claude Code asks at its first start and cannot be told on its command line: onboarding, trust of the
 * repository (looked up by the main checkout, for all its worktrees) and whether to use the exported API key. It adds only what is
 * missing, never changes an answer the user gave, and leaves a file alone that it does not understand.
 */
export async function giveConsent(file: string, request: StartRequest): Promise<void> {
  if (missingConsent(readBytesIfExists(file), request) === undefined) return;
  makePrivateDirectory(dirname(file));
  await withLock(`${file}.ai-fleet.lock`, {}, async () => {
    const before = readBytesIfExists(file);
    const completed = missingConsent(before, request);
    if (completed === undefined) return;
    // First, so that nobody who sees the trust believes that the user gave it.
    if (!isTrusted(before, request.repository)) noteTrustForUser(request.trustNotes, request.repository);
    replaceFile(file, completed);
  });
}

/** What `giveConsent` would add to the file, as a user would say it; `undefined` when nothing. */
export function consentToGive(file: string, request: StartConditions): string | undefined {
  const bytes = readBytesIfExists(file);
  if (missingConsent(bytes, request) === undefined) return undefined;
  const before: StateFile = bytes === undefined ? {} : (parse(bytes, request.repository) ?? {});
  const key = request.environment.ANTHROPIC_API_KEY?.slice(-20);
  const { approved = [], rejected = [] } = before.customApiKeyResponses ?? {};
  const additions = [
    ...(before.hasCompletedOnboarding === undefined ? ["that you know it"] : []),
    ...(isTrusted(bytes, request.repository) ? [] : [`that ${request.repository} is trusted`]),
    ...(!key || approved.includes(key) || rejected.includes(key) ? [] : ["that ANTHROPIC_API_KEY may be used"]),
  ];
  return `in ${file}: ${additions.join(", ")}`;
}

/** The text the file should have; `undefined` when nothing is missing or nothing may be written. */
function missingConsent(bytes: Uint8Array | undefined, request: StartConditions): string | undefined {
  const state = bytes === undefined ? {} : parse(bytes, request.repository);
  if (state === undefined) return undefined;
  const before = JSON.stringify(state);
  state.hasCompletedOnboarding ??= true;
  trust(state, request.repository);
  approve(state, request.environment.ANTHROPIC_API_KEY);
  return JSON.stringify(state) === before ? undefined : `${JSON.stringify(state, null, 2)}\n`;
}

function isTrusted(bytes: Uint8Array | undefined, repository: string): boolean {
  const state = bytes === undefined ? undefined : parse(bytes, repository);
  return state?.projects?.[repository]?.hasTrustDialogAccepted === true;
}

function trust(state: StateFile, repository: string): void {
  state.projects ??= {};
  state.projects[repository] = { ...state.projects[repository], hasTrustDialogAccepted: true };
}

/** It names a key by its last 20 characters. */
function approve(state: StateFile, key: string | undefined): void {
  if (!key) return;
  const name = key.slice(-20);
  state.customApiKeyResponses ??= {};
  const { rejected, approved } = state.customApiKeyResponses;
  if (rejected?.includes(name) || approved?.includes(name)) return;
  state.customApiKeyResponses.approved = [...(approved ?? []), name];
}

/** The file's content, if every place that an answer is written to is as it is known. */
function parse(bytes: Uint8Array, repository: string): StateFile | undefined {
  const state = parsedJson(bytes);
  if (!isObject(state)) return undefined;
  const projects = state.projects ?? {};
  const responses = state.customApiKeyResponses ?? {};
  if (!isObject(projects) || !isObject(projects[repository] ?? {}) || !isObject(responses)) return undefined;
  const lists = [responses.approved ?? [], responses.rejected ?? []];
  return lists.every((list) => Array.isArray(list)) ? (state as StateFile) : undefined;
}

function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8Text(bytes) ?? "");
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
