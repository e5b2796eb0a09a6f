import { dirname } from "node:path";
import { makePrivateDirectory, readTextIfExists, replaceFile } from "../../system/files.ts";
import { withLock } from "../../system/lock.ts";
import type { StartRequest } from "../adapter.ts";

interface StateFile {
  hasCompletedOnboarding?: boolean;
  projects?: Record<string, { hasTrustDialogAccepted?: boolean }>;
  customApiKeyResponses?: { approved?: string[]; rejected?: string[] };
}

/**
 * Answers the questions Claude Code asks at its first start and cannot be told on its command line: onboarding, trust of the
 * repository (looked up by the main checkout, for all its worktrees) and whether to use the exported API key. It adds only what is
 * missing, never changes an answer the user gave, and leaves a file alone that does not parse.
 */
export async function giveConsent(file: string, request: StartRequest): Promise<void> {
  if (missingConsent(readTextIfExists(file), request) === undefined) return;
  makePrivateDirectory(dirname(file));
  await withLock(`${file}.ai-fleet.lock`, {}, async () => {
    const completed = missingConsent(readTextIfExists(file), request);
    if (completed !== undefined) replaceFile(file, completed);
  });
}

/** The text the file should have; `undefined` when nothing is missing or nothing may be written. */
function missingConsent(text: string | undefined, request: StartRequest): string | undefined {
  const state = text === undefined ? {} : parse(text);
  if (state === undefined) return undefined;
  const before = JSON.stringify(state);
  state.hasCompletedOnboarding ??= true;
  trust(state, request.repository);
  approve(state, request.environment.ANTHROPIC_API_KEY);
  return JSON.stringify(state) === before ? undefined : `${JSON.stringify(state, null, 2)}\n`;
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
  const { rejected = [], approved = [] } = state.customApiKeyResponses;
  if (rejected.includes(name) || approved.includes(name)) return;
  state.customApiKeyResponses.approved = [...approved, name];
}

function parse(text: string): StateFile | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as StateFile) : undefined;
  } catch {
    return undefined;
  }
}
