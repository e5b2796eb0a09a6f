import { join } from "node:path";
import { makePrivateDirectory, namesIn, readTextIfExists, removeTree, replaceFile } from "../system/files.ts";
import { isTimestamp } from "./entry.ts";
import { parsedJson } from "./json.ts";
import { agentFiles, type StatePlaces } from "./places.ts";

/** How a test ended, once, on exactly one content of a worktree. */
export interface TestResult {
  readonly v: 1;
  /** What the result depends on: content, command, files beside it, environment. */
  readonly key: string;
  /** The tree of the worktree before the test, untracked files included. */
  readonly tree: string;
  /** The command as a person would type it. */
  readonly command: string;
  readonly outcome: "passed" | "failed" | "timeout";
  /** 128 + signal number when a signal ended it. */
  readonly exit_code: number;
  readonly seconds: number;
  readonly at: string;
  /** The worktree was another one afterwards. */
  readonly changed_tree: boolean;
  /** How many processes it left behind; they were ended. */
  readonly left_processes: number;
  /** All that it printed; the log may have less. */
  readonly output_bytes: number;
}

/** Older ones are forgotten. */
const keptResults = 20;

/** The results kept of an agent, the newest first. What does not parse tells nothing. */
export function readTestResults(places: StatePlaces, id: string): TestResult[] {
  const { tests } = agentFiles(places, id);
  return namesIn(tests)
    .filter((name) => name.endsWith(".json"))
    .map((name) => parsedJson(readTextIfExists(join(tests, name)) ?? ""))
    .filter(isTestResult)
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** Keeps a result with what the test printed, and forgets the oldest beyond twenty. */
export function writeTestResult(places: StatePlaces, id: string, result: TestResult, log: Uint8Array): void {
  makePrivateDirectory(agentFiles(places, id).tests);
  replaceFile(testLog(places, id, result), log);
  replaceFile(resultFile(places, id, result), `${JSON.stringify(result, null, 2)}\n`);
  for (const old of readTestResults(places, id).slice(keptResults)) {
    removeTree(resultFile(places, id, old));
    removeTree(testLog(places, id, old));
  }
}

/** Where what a test printed is kept. */
export function testLog(places: StatePlaces, id: string, { key }: Pick<TestResult, "key">): string {
  return join(agentFiles(places, id).tests, `${key.slice(0, 16)}.log`);
}

function resultFile(places: StatePlaces, id: string, { key }: TestResult): string {
  return join(agentFiles(places, id).tests, `${key.slice(0, 16)}.json`);
}

const isCount = (value: unknown) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const shapes: Readonly<Record<keyof TestResult, (value: unknown) => boolean>> = {
  v: (value) => value === 1,
  key: (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value),
  tree: (value) => typeof value === "string" && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value),
  command: (value) => typeof value === "string",
  outcome: (value) => ["passed", "failed", "timeout"].some((word) => word === value),
  exit_code: isCount,
  seconds: (value) => typeof value === "number" && value >= 0,
  at: isTimestamp,
  changed_tree: (value) => typeof value === "boolean",
  left_processes: isCount,
  output_bytes: isCount,
};

/** Whether something is a whole result of a test. */
export function isTestResult(value: unknown): value is TestResult {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(shapes).every(([key, fits]) => fits((value as Record<string, unknown>)[key]));
}
