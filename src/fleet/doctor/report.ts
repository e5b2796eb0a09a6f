import { basename, dirname } from "node:path";
import type { Config } from "../../config/config.ts";
import type { Origin } from "../../config/load.ts";
import { endedAgents } from "../../state/ending.ts";
import { readJournal } from "../../state/journal.ts";
import { readRegistry } from "../../state/registry.ts";
import { build, describeBuild } from "../../system/build.ts";
import { namesIn } from "../../system/files.ts";
import { describeMachine, fileSystemOf, ownNames } from "../../system/machine.ts";
import { configuredServer, currentRepositoryRoot, type Fleet, statePlaces } from "../fleet.ts";
import { lookAtAgents } from "../watch/observe.ts";
import { examine } from "./doctor.ts";
import type { Examination } from "./examination.ts";
import { type Private, scrubbed } from "./scrub.ts";

/**
 * All that a report of a fault needs to say of this machine and this fleet, in Markdown, for strangers to read: settings by their size
 * where they are texts, agents by their number, and neither secrets nor names of users, machines, repositories and branches. Nothing is
 * changed.
 */
export async function faultReport(fleet: Fleet): Promise<string> {
  const [checks, hidden] = await Promise.all([examine(fleet), privateTexts(fleet)]);
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ["Program", [`fleet ${describeBuild(build)}, ${build.target ?? "from source"}`, ...machineLines(fleet)]],
    ["Settings that are not the default", settingLines(fleet)],
    ["Variables", variableLines(fleet)],
    ["State", await stateLines(fleet)],
    ["Checks", checks.map(checkLine)],
  ];
  const text = sections.map(([title, lines]) => `### ${title}\n\n${list(lines)}\n`).join("\n");
  return scrubbed(text, hidden);
}

function list(lines: readonly string[]): string {
  return lines.length === 0 ? "none" : lines.map((line) => `- ${line.replace(/\s+/g, " ")}`).join("\n");
}

function machineLines({ settings: { config, file }, environment }: Fleet): string[] {
  const { system, processors, memoryBytes } = describeMachine();
  const places = { home: ownNames().home, configuration: dirname(file), worktrees: config.worktree_root };
  const where = Object.entries(places).map(([name, path]) => `${name} on ${fileSystemOf(path) ?? "nothing yet"}`);
  const inside = ["TMUX", "STY", "SSH_CONNECTION", "CI", "container"].filter((name) => environment[name]);
  return [
    `${system}, ${processors} processors, ${(memoryBytes / 2 ** 30).toFixed(1)} GiB`,
    where.join(", "),
    `terminal ${environment.TERM || "not named"}, shell ${basename(environment.SHELL || "not named")}, language ${environment.LC_ALL || environment.LANG || "not named"}`,
    ...(inside.length === 0 ? [] : [`set: ${inside.join(", ")}`]),
  ];
}

function settingLines({ settings: { config, origins } }: Fleet): string[] {
  const keys = Object.keys(config) as (keyof Config)[];
  return keys.flatMap((key) => {
    const origin = origins[key];
    const isDefault = origin === undefined || origin.kind === "default";
    return isDefault ? [] : [`${key}: ${sized(config[key])} (${originWord(origin)})`];
  });
}

/** What a setting is: numbers and switches as they are, of what a user wrote no more than how much it is. */
function sized(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return value === "" ? "empty" : `a text of ${value.length} characters`;
  if (Array.isArray(value)) return `${value.length} entries`;
  return value === undefined ? "none" : `${Object.keys(value as object).length} entries`;
}

function originWord(origin: Origin): string {
  return origin.kind === "environment" ? `$${origin.variable}` : origin.kind;
}

/** Names alone: what is in them may be anything. */
function variableLines({ environment }: Fleet): string[] {
  const telling = /^(?:AI_FLEET_|GIT_|TMUX|XDG_|CLAUDE_|CODEX_|GEMINI_|NO_COLOR$|CLICOLOR|FORCE_COLOR$|BUN_)/;
  const names = Object.keys(environment).filter((name) => telling.test(name) && environment[name] !== undefined);
  return names.length === 0 ? [] : [names.sort().join(", ")];
}

async function stateLines(fleet: Fleet): Promise<string[]> {
  const places = statePlaces(fleet);
  const observations = await lookAtAgents(fleet, readRegistry(places));
  const kinds = Map.groupBy(observations, ({ entry, status }) => `${entry.agent} ${status.word}`);
  const agents = [...kinds].map(([kind, members]) => `${members.length} ${kind}`);
  const halfDone = readJournal(places).map(({ kind, agents: of }) => `${kind} of ${of.length}`);
  const trash = `${places.worktreeRoot}/.trash`;
  return [
    `agents: ${agents.join(", ") || "none"}; killed and kept: ${endedAgents(places).length}`,
    `operations that have not ended: ${halfDone.join(", ") || "none"}`,
    `worktrees in the trash: ${namesIn(trash).length}`,
  ];
}

function checkLine({ subject, verdict, finding, remedy }: Examination): string {
  return `${verdict}: ${subject}: ${finding}${remedy === undefined ? "" : `: ${remedy}`}`;
}

/** Variables that hold secrets by their names. */
const secretNames = /TOKEN|SECRET|PASS|CREDENTIAL|KEY|AUTH|COOKIE/i;
/** Shorter ones are found in everything. */
const shortestSecret = 6;

async function privateTexts(fleet: Fleet): Promise<Private[]> {
  const { host, user, home } = ownNames();
  const agents = [...readRegistry(statePlaces(fleet)), ...endedAgents(statePlaces(fleet)).map(({ entry }) => entry)];
  const here = await currentRepositoryRoot(fleet).catch(() => undefined);
  const repositories = [...new Set([...agents.map(({ repo }) => repo), ...(here === undefined ? [] : [here])])];
  const branches = [...new Set(agents.flatMap(({ branch, batch_id: batch }) => [branch, batch]))];
  const values = Object.entries(fleet.environment).filter(
    ([name, value = ""]) => secretNames.test(name) && value.length >= shortestSecret,
  );
  return [
    ...values.map(([name, value = ""]): Private => [value, `<$${name}>`]),
    ...repositories.flatMap((path, index): Private[] => [
      [path, `<repository ${index + 1}>`],
      [basename(path), `<repository ${index + 1}>`],
    ]),
    ...branches.map((branch, index): Private => [branch, `<branch ${index + 1}>`]),
    [configuredServer(fleet).socket, "<socket>"],
    [home, "~"],
    [host, "<machine>"],
    [user, "<user>"],
  ];
}
