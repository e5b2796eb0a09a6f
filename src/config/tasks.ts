import { TomlError } from "smol-toml";
import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";
import { FleetError } from "../errors.ts";
import { keyLines } from "./lines.ts";
import { nearest } from "./nearest.ts";
import { syntaxMistake } from "./syntax.ts";
import { parseToml } from "./toml.ts";
import { foundValue } from "./wording.ts";

/** One `[[task]]` of a file for `fleet multi`, with what holds for all tasks filled in. */
export interface Task {
  readonly branch: string;
  readonly prompt: string | undefined;
  /** A path, relative to the task file. */
  readonly promptFile: string | undefined;
  readonly agent: string | undefined;
  readonly from: string | undefined;
  /** Where it is written: `tasks.toml:12`. */
  readonly origin: string;
}

const text = z.optional(z.string());
const taskKeys = { branch: z.string(), prompt: text, prompt_file: text, agent: text, from: text };
const { branch: _, ...commonKeys } = taskKeys;
const document = z.strictObject({ ...commonKeys, task: z.array(z.strictObject(taskKeys)).check(z.minLength(1)) });

/**
 * The tasks of a TOML text. `prompt`, `prompt_file`, `agent` and `from` above the first `[[task]]` hold for tasks without their own.
 * Throws FleetError `usage` with every mistake and its line.
 */
export function parseTasks(source: string, file: string): Task[] {
  const value = parsed(source, file);
  z.config(en());
  const result = document.safeParse(value);
  const lineOf = keyLines(source);
  const at = (path: readonly PropertyKey[]) => {
    const line = lineOf(path.map(String));
    return line === undefined ? file : `${file}:${line}`;
  };
  if (!result.success) {
    throw mistakes(
      result.error.issues.flatMap((issue) =>
        problems(issue).map(({ path, problem }) => `${at([...issue.path, ...path])}: ${problem}`),
      ),
    );
  }
  const { task: tasks, ...common } = result.data;
  return tasks.map(({ branch, ...own }, index) => {
    const givesPrompt = own.prompt !== undefined || own.prompt_file !== undefined;
    const { prompt, prompt_file: promptFile } = givesPrompt ? own : common;
    return {
      branch,
      prompt,
      promptFile,
      agent: own.agent ?? common.agent,
      from: own.from ?? common.from,
      origin: at(["task", index]),
    };
  });
}

/** One error for everything that is wrong with a file of tasks. */
export function mistakes(lines: readonly string[]): FleetError {
  const [first = "", ...more] = lines;
  return new FleetError("usage", first, {
    ...(more.length === 0 ? {} : { output: more.join("\n") }),
    hint: "for the form of the file, see fleet multi --help",
  });
}

function parsed(source: string, file: string): unknown {
  try {
    return parseToml(source);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, problem } = syntaxMistake(error, source);
    throw mistakes([`${file}:${line}: ${problem}`]);
  }
}

function problems(issue: z.core.$ZodIssue): { readonly path: readonly string[]; readonly problem: string }[] {
  const place = issue.path[0] === "task" && issue.path.length > 1 ? taskKeys : { ...commonKeys, task: text };
  if (issue.code !== "unrecognized_keys") {
    const name = issue.path.findLast((part) => typeof part === "string") ?? "task";
    return [
      { path: [], problem: `${String(name)}: ${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}` },
    ];
  }
  return issue.keys.map((key) => {
    const meant = nearest(key, Object.keys(place));
    return {
      path: [key],
      problem: `unknown key ${foundValue(key)}${meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`}`,
    };
  });
}
