import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findAgent, knownAgents } from "../../agents/catalog.ts";
import type { Config } from "../../config/config.ts";
import { keyLines } from "../../config/lines.ts";
import { type BroughtSettings, configForRepository, type Origin } from "../../config/load.ts";
import type { Finding } from "../../config/validate.ts";
import { splitWords } from "../../config/words.ts";
import type { Environment } from "../../system/environment.ts";
import { findProgram } from "../../system/exec.ts";
import { isDirectory, isExecutableFile } from "../../system/files.ts";
import type { Fleet } from "../fleet.ts";
import { credentialFilesOf } from "../worktree/credentials/find.ts";

/** What a setting names that is not there. */
interface Missing {
  readonly key: keyof Config;
  /** Which item of a list. */
  readonly index?: number;
  readonly problem: string;
  readonly hint?: string;
}

/**
 * Looks for what the settings that hold in a repository point at, and says what is not there and where that is written. Defaults
 * are not looked at: nobody wrote them. Nothing is run.
 */
export async function brokenReferences(
  fleet: Fleet,
  root: string,
  brought: BroughtSettings | undefined,
): Promise<readonly Finding[]> {
  const { config, origins } = configForRepository(fleet.settings, root, brought);
  const missing = [
    ...missingAgent(config, fleet.environment),
    ...(await missingFiles(fleet, config, root)),
    ...missingDirectories(config, root),
    ...missingPrograms(config.setup_commands, root, fleet.environment),
  ];
  return missing.flatMap(({ key, index, problem, hint }) => {
    const origin = origins[key];
    if (origin === undefined || origin.kind === "default") return [];
    return [{ ...placeOf(origin, key, index), problem: `${key}: ${problem}`, hint }];
  });
}

function missingAgent(config: Config, environment: Environment): Missing[] {
  const key = "default_agent";
  const adapter = findAgent(config.default_agent, config.agents);
  if (adapter === undefined) {
    const names = knownAgents(config.agents).map(({ name }) => name);
    return [
      { key, problem: `there is no agent called ${config.default_agent}`, hint: `known are ${names.join(", ")}` },
    ];
  }
  const { executable } = adapter;
  if (executable === undefined || findProgram(executable, environment) !== undefined) return [];
  return [{ key, problem: `there is no ${executable} on the PATH`, hint: `to get it: ${adapter.installation}` }];
}

async function missingFiles(fleet: Fleet, { credential_files: names }: Config, root: string): Promise<Missing[]> {
  const repository = { root, bare: false };
  const found = await Promise.all(
    names.map((name) => credentialFilesOf(fleet, repository, { credential_files: [name] })),
  );
  return found.flatMap(({ problems }, index) =>
    problems.map((problem) => ({ key: "credential_files" as const, index, problem })),
  );
}

function missingDirectories({ clone_directories: names }: Config, root: string): Missing[] {
  return names.flatMap((name, index) =>
    isDirectory(join(root, name))
      ? []
      : [{ key: "clone_directories" as const, index, problem: `${name} is no directory of the main checkout` }],
  );
}

/** Words that a shell knows by itself (POSIX Shell Command Language, 2.4 and 2.14; the utilities that every shell has built in). */
const shellWords = new Set(
  "! { ( : . [ [[ alias bg break case cd command continue do echo eval exec exit export false fc fg for function getopts hash if jobs kill let local printf pwd read readonly return set shift source test time times trap true type ulimit umask unalias unset until wait while".split(
    " ",
  ),
);

function missingPrograms(commands: readonly string[], root: string, environment: Environment): Missing[] {
  return commands.flatMap((command, index) => {
    const program = programOf(command);
    if (program === undefined) return [];
    if (!program.includes("/")) {
      if (findProgram(program, environment) !== undefined) return [];
      return [{ key: "setup_commands" as const, index, problem: `there is no ${program} on the PATH` }];
    }
    // A relative path may be made by the commands before.
    if (index > 0 && !program.startsWith("/")) return [];
    const path = program.startsWith("/") ? program : join(root, program);
    return isExecutableFile(path)
      ? []
      : [{ key: "setup_commands" as const, index, problem: `${program} is no program that can be run` }];
  });
}

/** The program that a shell command starts with; `undefined` where only a shell can tell. */
function programOf(command: string): string | undefined {
  const word = splitWords(command)?.find((part) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(part));
  return word === undefined || shellWords.has(word) || /[^\w@%+=:,./-]/.test(word) ? undefined : word;
}

function placeOf(
  origin: Exclude<Origin, { readonly kind: "default" }>,
  key: string,
  index: number | undefined,
): Pick<Finding, "file" | "line"> {
  if (origin.kind === "environment") return { file: `$${origin.variable}`, line: undefined };
  const table = origin.kind === "repository" ? ["repo", origin.table] : [];
  const lineOf = keyLines(readFileSync(origin.file, "utf8"));
  return { file: origin.file, line: lineOf([...table, key, ...(index === undefined ? [] : [`${index}`])]) };
}
