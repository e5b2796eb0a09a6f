import type { CommandHelp } from "../commands/definition.ts";
import { globalOptions, operandsOf, optionsOf } from "./options.ts";

/** Two arguments of a command that cannot be given together, as they are typed, the one that says so first. */
export type Exclusion = readonly [first: string, second: string];

interface Argument {
  readonly name: string;
  /** `--fresh`, `BRANCH` */
  readonly label: string;
  readonly needs: readonly string[];
  readonly excludes: readonly string[];
}

/** What is wrong with the arguments that were given together, by their names; `undefined` when nothing is. */
export function brokenRelation(command: CommandHelp, given: ReadonlySet<string>): string | undefined {
  const all = argumentsOf(command);
  const present = all.filter(({ name }) => given.has(name));
  for (const { label, excludes } of present) {
    const other = present.find(({ name }) => excludes.includes(name));
    if (other !== undefined) return `${label} and ${other.label} cannot be combined`;
  }
  const needy = present.find(({ needs }) => needs.length > 0 && !needs.some((name) => given.has(name)));
  return needy === undefined ? undefined : `${needy.label} only works with ${labels(all, needy.needs).join(" or ")}`;
}

/** What has to be there for an argument of a command, as it is typed: one of these; none when nothing has to. */
export function neededFor(command: CommandHelp, name: string): string[] {
  const all = argumentsOf(command);
  return labels(all, all.find((argument) => argument.name === name)?.needs ?? []);
}

/** All that cannot be given together, each pair once. */
export function exclusionsOf(command: CommandHelp): Exclusion[] {
  const all = argumentsOf(command);
  return all.flatMap(({ label, excludes }) => labels(all, excludes).map((other): Exclusion => [label, other]));
}

/** The names of arguments that a relation of a command speaks of, whether there are such or not. */
export function relatedNames({ args }: CommandHelp): string[] {
  return Object.values(args).flatMap(({ needs = [], excludes = [] }) => [...needs, ...excludes]);
}

function argumentsOf({ args }: CommandHelp): Argument[] {
  const labelled = [
    ...operandsOf(args),
    ...[...optionsOf(args), ...globalOptions].map(({ name, flag }) => ({ name, label: flag })),
  ];
  return labelled.map(({ name, label }) => {
    const { needs = [], excludes = [] } = args[name] ?? {};
    return { name, label, needs, excludes };
  });
}

function labels(all: readonly Argument[], names: readonly string[]): string[] {
  return names.flatMap((wanted) => all.find(({ name }) => name === wanted)?.label ?? []);
}
