import { realpathSync } from "node:fs";
import { TomlError } from "smol-toml";
import type { FleetError } from "../errors.ts";
import type { Config } from "./config.ts";
import { type Document, isDocument, type RawSettings } from "./document.ts";
import { overrides } from "./environment.ts";
import { readOrWriteConfig } from "./file.ts";
import { type SettingName, settingNames, settings } from "./keys.ts";
import { accepts } from "./kinds.ts";
import { keyLines } from "./lines.ts";
import { requireOwn } from "./ownership.ts";
import { configFile, type Environment, expandPath } from "./paths.ts";
import {
  resolveAgent,
  resolveHost,
  resolveNotification,
  resolvePrice,
  resolveValue,
  resolveWebhooks,
} from "./resolve.ts";
import { parseToml, type RawValue } from "./toml.ts";

/** Where a value comes from. `table` is the directory of a `[repo."DIRECTORY"]` table as written. */
export type Origin =
  | { readonly kind: "default" }
  | { readonly kind: "file"; readonly file: string; readonly line: number | undefined }
  | { readonly kind: "repository"; readonly file: string; readonly table: string; readonly line: number | undefined }
  | { readonly kind: "environment"; readonly variable: string };

/** The configuration of the user, and where each value of it is from. */
export interface LoadedConfig {
  /** The path of `config.toml`. */
  readonly file: string;
  /** The file was not there and has just been written. */
  readonly firstRun: boolean;
  /** What is wrong in the file and was left out, for a command that only looks. */
  readonly mistake?: FleetError | undefined;
  readonly config: Config;
  /** By key of `config`. */
  readonly origins: Readonly<Record<string, Origin>>;
  /** What `configForRepository` chooses from. */
  readonly repositories: readonly RepositorySettings[];
}

/** The values of one `[repo."DIRECTORY"]` table. */
interface RepositorySettings {
  /** Absolute, but maybe through symbolic links. */
  readonly directory: string;
  readonly values: Partial<Settings>;
  readonly origins: Readonly<Record<string, Origin>>;
}

type Settings = Pick<Config, SettingName>;

/** What a repository sets in its own file. */
export interface BroughtSettings {
  readonly values: Partial<Pick<Config, SettingName | "env">>;
  readonly origins: Readonly<Record<string, Origin>>;
}

type LineOf = ReturnType<typeof keyLines>;

/**
 * Loads `config.toml`, writing it on the first run, under the settings of the environment and over the defaults. Throws
 * `FleetError` "config" when the file cannot be used, naming line and mistake, or when a variable cannot, naming it. A command that
 * only `looks` goes on without what is wrong in the file, unless that decides where to look.
 */
export async function loadConfig(environment: Environment, { looks = false } = {}): Promise<LoadedConfig> {
  const file = configFile(environment);
  requireOwn(file);
  const { text, firstRun } = await readOrWriteConfig(file, environment);
  const { document, mistake } = await checkedDocument(text, file, environment, looks);
  const lineOf = keyLines(text);
  const top = topSettings(document, file, lineOf);
  const fromEnvironment = await environmentSettings(environment);
  const config: Config = {
    ...resolved({ ...top.values, ...fromEnvironment.values }, environment),
    env: {},
    agents: Object.fromEntries(
      Object.entries(document.agents ?? {}).map(([name, table]) => [name, resolveAgent(table, environment)]),
    ),
    hosts: Object.fromEntries(
      Object.entries(document.hosts ?? {}).map(([name, table]) => [name, resolveHost(table, environment)]),
    ),
    notify: document.notify === undefined ? undefined : resolveNotification(document.notify, environment),
    webhooks: document.webhooks === undefined ? undefined : resolveWebhooks(document.webhooks, environment),
    prices: Object.fromEntries(
      Object.entries(document.prices ?? {}).map(([model, table]) => [model, resolvePrice(table, environment)]),
    ),
  };
  return {
    file,
    firstRun,
    mistake,
    config,
    origins: { ...top.origins, ...fromEnvironment.origins },
    repositories: repositorySettings(document, file, lineOf, environment),
  };
}

/**
 * The settings for one repository: its `[repo."DIRECTORY"]` table, which the user wrote, over what it brings itself, over everything
 * but the environment. `repositoryRoot` is a path without symbolic links; undefined stands for no repository.
 */
export function configForRepository(
  loaded: LoadedConfig,
  repositoryRoot: string | undefined,
  brought: BroughtSettings = { values: {}, origins: {} },
): LoadedConfig {
  return loaded.repositories
    .filter(({ directory }) => repositoryRoot !== undefined && withoutLinks(directory) === repositoryRoot)
    .reduce(withRepository, withRepository(loaded, brought));
}

function withRepository(loaded: LoadedConfig, { values, origins }: BroughtSettings): LoadedConfig {
  const isOpen = ([name]: readonly [string, unknown]) => loaded.origins[name]?.kind !== "environment";
  return {
    ...loaded,
    config: { ...loaded.config, ...Object.fromEntries(Object.entries(values).filter(isOpen)) },
    origins: { ...loaded.origins, ...Object.fromEntries(Object.entries(origins).filter(isOpen)) },
  };
}

/** Values as written, and where they were written. */
interface Layer<Values> {
  readonly values: Values;
  readonly origins: Readonly<Record<string, Origin>>;
}

/** The values of the file, and the defaults of the keys that it does not set. */
function topSettings(document: Document, file: string, lineOf: LineOf): Layer<Record<SettingName, RawValue>> {
  const origin = (name: string): Origin =>
    Object.hasOwn(document, name) ? { kind: "file", file, line: lineOf([name]) } : { kind: "default" };
  const values = settingNames.map((name) => [name, document[name] ?? settings[name].default]);
  const names = [...settingNames, "env", "agents", "hosts", "notify", "prices", "webhooks"];
  return {
    values: Object.fromEntries(values) as Record<SettingName, RawValue>,
    origins: Object.fromEntries(names.map((name) => [name, origin(name)])),
  };
}

async function environmentSettings(environment: Environment): Promise<Layer<RawSettings>> {
  const values: Partial<Record<SettingName, RawValue>> = {};
  const origins: Record<string, Origin> = {};
  for (const { name, variable, value } of overrides(environment)) {
    if (!accepts(settings[name].kind, value)) throw (await import("./validate.ts")).environmentError(environment);
    values[name] = value;
    origins[name] = { kind: "environment", variable };
  }
  return { values, origins };
}

function repositorySettings(
  document: Document,
  file: string,
  lineOf: LineOf,
  environment: Environment,
): readonly RepositorySettings[] {
  return Object.entries(document.repo ?? {}).map(([table, values]) => ({
    directory: expandPath(table, environment),
    values: resolved(values, environment),
    origins: Object.fromEntries(
      Object.keys(values).map((name) => [
        name,
        { kind: "repository", file, table, line: lineOf(["repo", table, name]) },
      ]),
    ),
  }));
}

/** Loads what words a mistake only when there is one: zod would cost more than all the rest. */
async function checkedDocument(
  text: string,
  file: string,
  environment: Environment,
  looks: boolean,
): Promise<Pick<LoadedConfig, "mistake"> & { readonly document: Document }> {
  const document = documentOf(text);
  if (document !== undefined) return { document, mistake: undefined };
  const { configurationError, findings, withoutMistakes } = await import("./validate.ts");
  const mistake = configurationError(findings(text, file, environment));
  const rest = looks ? withoutMistakes(text) : undefined;
  if (rest === undefined) throw mistake;
  return { document: rest, mistake };
}

function documentOf(text: string): Document | undefined {
  // Comments alone, as the first run wrote them, are the configuration of most users: no parser has to read them.
  if (!/^[ \t]*[^#\s]/m.test(text)) return {};
  try {
    const document = parseToml(text);
    return isDocument(document) ? document : undefined;
  } catch (error) {
    if (error instanceof TomlError) return undefined;
    throw error;
  }
}

/** What each value turns into is fixed by its kind, and the kind by the type of the key in `Config`: see `settings`. */
function resolved(values: Record<SettingName, RawValue>, environment: Environment): Settings;
function resolved(values: RawSettings, environment: Environment): Partial<Settings>;
function resolved(values: RawSettings, environment: Environment): Partial<Settings> {
  const entries = settingNames.flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [[name, resolveValue(settings[name].kind, value, environment)]];
  });
  return Object.fromEntries(entries) as Partial<Settings>;
}

function withoutLinks(directory: string): string {
  try {
    return realpathSync.native(directory);
  } catch {
    return directory;
  }
}
