import { join } from "node:path";
import { builtInAgents } from "../agents/catalog.ts";
import { noteHooks } from "../agents/trust-notes.ts";
import { type BroughtFile, checkedSettings, readBroughtFile } from "../config/brought.ts";
import type { Config } from "../config/config.ts";
import { type BroughtSettings, configForRepository } from "../config/load.ts";
import { FleetError } from "../errors.ts";
import { trustNotesFile } from "../state/places.ts";
import { acceptedText, acceptText, forgetAcceptance } from "../state/trust.ts";
import { exists, makePrivateDirectory } from "../system/files.ts";
import { compareTexts } from "../system/git/compare.ts";
import { shellWord } from "../system/shell.ts";
import { isSettable } from "./environment.ts";
import { type Fleet, gitAt, settingsFor, statePlaces } from "./fleet.ts";

/** What a repository brings in a file of its own, as it was when it was read. */
export interface Brought {
  /** The root of the main checkout. */
  readonly root: string;
  readonly file: BroughtFile;
  readonly settings: BroughtSettings;
  /** What the user accepted last for this repository. */
  readonly before: string | undefined;
  /** The user has accepted exactly this, or there is nothing in it that could take effect. */
  readonly accepted: boolean;
}

/** What a repository brings takes no effect until the user has accepted exactly that, and they have not. Nothing was touched. */
export class ConsentRequired extends FleetError {
  readonly brought: Brought;

  constructor(fleet: Fleet, brought: Brought) {
    const { root, file, before } = brought;
    const problem = before === undefined ? "has not been accepted" : "has changed since it was accepted";
    const elsewhere =
      fleet.directory === root || fleet.directory.startsWith(`${root}/`) ? "" : `-C ${shellWord(root)} `;
    super("config", `${file.path} ${problem}, so nothing of it may take effect`, {
      hint: `to accept exactly what is in it now, run fleet ${elsewhere}config trust --hash ${file.hash}`,
    });
    this.brought = brought;
  }
}

/**
 * Looks at what a repository brings. `undefined` without a file, and for a repository without a main checkout. Throws FleetError
 * `config` when the file cannot be used.
 */
export async function examineBrought(fleet: Fleet, root: string): Promise<Brought | undefined> {
  const file = hasMainCheckout(root) ? readBroughtFile(root) : undefined;
  if (file === undefined) return undefined;
  const settings = await checkedSettings(file, fleet.environment, isSettable);
  const before = acceptedText(statePlaces(fleet), root);
  const isEmpty = Object.keys(settings.values).length === 0;
  return { root, file, settings, before, accepted: before === file.text || isEmpty };
}

/** Whether a repository has a main checkout. Its root is git's own directory when it has none. */
export function hasMainCheckout(root: string): boolean {
  return exists(join(root, ".git"));
}

/**
 * The settings to make agents with. In the mirror of another machine's repository they are what was accepted there.
 * Throws as `broughtToLaunch` does.
 */
export async function settingsToLaunch(fleet: Fleet, root: string, quick: boolean): Promise<Config> {
  if (!quick && !hasMainCheckout(root)) return settingsFor(fleet, root);
  const brought = await broughtToLaunch(fleet, root, quick);
  return configForRepository(fleet.settings, root, brought?.settings).config;
}

/**
 * What a repository brings and the user has accepted, to make agents with. Throws ConsentRequired when they have yet to accept it, and
 * FleetError `config` when it cannot be used. With `quick` it is left out instead, saying so.
 */
export async function broughtToLaunch(fleet: Fleet, root: string, quick: boolean): Promise<Brought | undefined> {
  const brought = quick ? await examineLeniently(fleet, root) : await examineBrought(fleet, root);
  if (brought === undefined || brought.accepted) return brought;
  if (!quick) throw new ConsentRequired(fleet, brought);
  fleet.report({ kind: "warning", text: `not accepted, so nothing of it is used: ${brought.file.path}` });
  return undefined;
}

async function examineLeniently(fleet: Fleet, root: string): Promise<Brought | undefined> {
  try {
    return await examineBrought(fleet, root);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    fleet.report({ kind: "warning", text: `nothing of it is used: ${error.message}` });
    return undefined;
  }
}

/** Remembers that the user accepts what they were shown. */
export function acceptBrought(fleet: Fleet, { root, file }: Brought): void {
  acceptText(statePlaces(fleet), root, file.text);
}

/** Forgets what the user accepted for a repository, and says whether there was something. */
export function forgetBrought(fleet: Fleet, root: string): boolean {
  const places = statePlaces(fleet);
  const accepted = acceptedText(places, root) !== undefined;
  forgetAcceptance(places, root);
  return accepted;
}

/** How what the user accepted last became what is there now, as hunks of a diff; `undefined` when they accepted nothing before. */
export async function changesOf(fleet: Fleet, { before, file }: Brought): Promise<string | undefined> {
  if (before === undefined) return undefined;
  const { trustRoot } = statePlaces(fleet);
  makePrivateDirectory(trustRoot);
  return compareTexts(gitAt(fleet, trustRoot), before, file.text, join(trustRoot, "accepted"));
}

/** Lets the hooks of a repository run in its agents, or no more. */
export function letHooksRun(fleet: Fleet, root: string, run: boolean): void {
  for (const { name } of builtInAgents.filter(({ notesHooks }) => notesHooks === true)) {
    noteHooks(trustNotesFile(statePlaces(fleet), name), root, run);
  }
}
