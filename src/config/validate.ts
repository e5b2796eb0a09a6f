import { TomlError } from "smol-toml";
import { FleetError } from "../errors.ts";
import { broughtExample, exampleFor, keyLabel, type Path, strangeKeyHint, unknownKeyHint } from "./advice.ts";
import { type Document, isDocument } from "./document.ts";
import { overrides } from "./environment.ts";
import { isVariableName } from "./forms.ts";
import { settings } from "./keys.ts";
import { keyLines } from "./lines.ts";
import { type Environment, expandPath } from "./paths.ts";
import { broughtSchema, documentSchema, valueSchema } from "./schema.ts";
import { syntaxMistake } from "./syntax.ts";
import { isTable, parseToml } from "./toml.ts";
import { foundValue, tableHeading } from "./wording.ts";

/** One thing that is wrong in a configuration file. */
export interface Finding {
  readonly file: string;
  /** Counted from 1; undefined when it is not known. */
  readonly line: number | undefined;
  /** Lower-case start, no full stop. */
  readonly problem: string;
  /** What was probably meant, as a clause that follows the problem. */
  readonly hint: string | undefined;
}

/** Everything that is wrong in the text of a configuration file, in the order of its lines. `file` is only named. */
export function findings(text: string, file: string, environment: Environment): readonly Finding[] {
  return located(text, file, (document) => [...mistakes(document), ...twins(document, environment)]);
}

/**
 * A configuration file without what is wrong in it. `undefined` when it is no TOML, or when what is wrong may decide where agents are
 * looked for: the places, and the socket of tmux.
 */
export function withoutMistakes(text: string): Document | undefined {
  const document = parsed(text);
  if (document instanceof TomlError) return undefined;
  const rest = structuredClone(document) as Record<string, unknown>;
  for (const { path, hint } of mistakes(document)) {
    const [top = "", entry] = path.map(String);
    if (whereToLook.some((name) => name === top || hint?.includes(name))) return undefined;
    const table = rest[top];
    if (entry !== undefined && isTable(table)) delete (table as Record<string, unknown>)[entry];
    else delete rest[top];
  }
  return isDocument(rest) ? rest : undefined;
}

const whereToLook = Object.entries(settings)
  .filter(([name, { section }]) => section === "places" || name === "tmux_socket")
  .map(([name]) => name);

/**
 * Everything that is wrong in the text of a repository's own file, in the order of its lines. `isSettable` decides which variables its
 * `[env]` may set.
 */
export function broughtFindings(
  text: string,
  file: string,
  isSettable: (variable: string) => boolean,
): readonly Finding[] {
  return located(text, file, (document) => [...broughtMistakes(document), ...takenVariables(document, isSettable)]);
}

function located(
  text: string,
  file: string,
  mistakesIn: (document: Readonly<Record<string, unknown>>) => readonly Mistake[],
): readonly Finding[] {
  const document = parsed(text);
  if (document instanceof TomlError) return [{ file, ...syntaxMistake(document, text) }];
  const lineOf = keyLines(text);
  return mistakesIn(document)
    .map(({ path, problem, hint }) => ({ file, line: lineOf(path.map(String)), problem, hint }))
    .sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
}

/** The error for a configuration file that cannot be used: its first finding, with the others below. */
export function configurationError(found: readonly Finding[]): FleetError {
  return listed(found.map(findingText), "to fix it, run fleet config edit");
}

/** The error for a repository's own file that cannot be used. */
export function broughtError(found: readonly Finding[]): FleetError {
  return listed(found.map(findingText), "to check it again once it is mended, run fleet config validate");
}

/** The error for environment variables that cannot be used, naming each. */
export function environmentError(environment: Environment): FleetError {
  const wrong = overrides(environment).flatMap(({ name, variable, value }) =>
    issuesOf(valueSchema(settings[name].kind), value).map(({ path, message }) => ({
      variable,
      problem: `${keyLabel([variable, ...path.map(Number)])}: ${message}`,
    })),
  );
  const variables = [...new Set(wrong.map(({ variable }) => variable))];
  const hint = `to go on without ${variables.length === 1 ? "it" : "them"}, run unset ${variables.join(" ")}`;
  return listed(
    wrong.map(({ problem }) => problem),
    hint,
  );
}

/** A finding as one line: `FILE:LINE: PROBLEM; HINT`. */
export function findingText({ file, line, problem, hint }: Finding): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return `${place}: ${problem}${hint === undefined ? "" : `; ${hint}`}`;
}

function listed(problems: readonly string[], hint: string): FleetError {
  const [first = "", ...others] = problems;
  return new FleetError("config", first, { hint, output: others.join("\n") });
}

interface Mistake {
  readonly path: Path;
  readonly problem: string;
  readonly hint: string | undefined;
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Of a table: its keys that are not known. */
  readonly keys?: readonly string[];
  /** Of a name in a table: what is wrong with it. */
  readonly issues?: readonly Issue[];
}

function issuesOf(schema: ReturnType<typeof valueSchema>, value: unknown): readonly Issue[] {
  return schema.safeParse(value).error?.issues ?? [];
}

function mistakes(document: unknown): readonly Mistake[] {
  return issuesOf(documentSchema(), document).flatMap((issue) => {
    const path = pathOf(issue);
    if (issue.keys !== undefined) return issue.keys.map((name) => unknownKey(path.map(String), name));
    return [{ path, problem: problemOf(issue), hint: exampleFor(path) }];
  });
}

function broughtMistakes(document: unknown): readonly Mistake[] {
  return issuesOf(broughtSchema(), document).flatMap((issue) => {
    const path = pathOf(issue);
    if (issue.keys === undefined) return [{ path, problem: problemOf(issue), hint: broughtExample(String(path[0])) }];
    return issue.keys.map((name) => ({
      path: [...path, name],
      problem: `unknown key ${JSON.stringify(name)}`,
      hint: strangeKeyHint(name),
    }));
  });
}

/** Variables that would not reach an agent as they are written. */
function takenVariables(
  { env }: Readonly<Record<string, unknown>>,
  isSettable: (variable: string) => boolean,
): readonly Mistake[] {
  return (isTable(env) ? Object.keys(env) : [])
    .filter((name) => isVariableName(name) && !isSettable(name))
    .map((name) => ({
      path: ["env", name],
      problem: `${name} in [env]: not for a repository to set, since fleet, the shell or the agent relies on it`,
      hint: undefined,
    }));
}

function pathOf({ path }: Issue): Path {
  return path.map((part) => (typeof part === "number" ? part : String(part)));
}

function problemOf(issue: Issue): string {
  return `${keyLabel(pathOf(issue))}: ${issue.issues?.[0]?.message ?? issue.message}`;
}

function unknownKey(table: readonly string[], name: string): Mistake {
  const inTable = table.length === 0 ? "" : ` in ${tableHeading(table)}`;
  return {
    path: [...table, name],
    problem: `unknown key ${foundValue(name)}${inTable}`,
    hint: unknownKeyHint(table, name),
  };
}

/** Two tables for the same directory, of which only one can hold. */
function twins(document: Readonly<Record<string, unknown>>, environment: Environment): readonly Mistake[] {
  const seen = new Map<string, string>();
  const found: Mistake[] = [];
  for (const directory of isTable(document.repo) ? Object.keys(document.repo) : []) {
    const path = ["repo", directory];
    const twin = seen.get(expandPath(directory, environment));
    if (twin === undefined) seen.set(expandPath(directory, environment), directory);
    else
      found.push({ path, problem: `${tableHeading(path)} is ${tableHeading(["repo", twin])} again`, hint: undefined });
  }
  return found;
}

function parsed(text: string): Readonly<Record<string, unknown>> | TomlError {
  try {
    return parseToml(text);
  } catch (error) {
    if (error instanceof TomlError) return error;
    throw error;
  }
}
