import { statSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../config/config.ts";
import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { readTestResults, type TestResult, testLog, writeTestResult } from "../../state/test-results.ts";
import { type Environment, gitLocalVariables, withoutVariables } from "../../system/environment.ts";
import { runForLog } from "../../system/exec.ts";
import { isFile, readBytesIfExists } from "../../system/files.ts";
import { atMost } from "../../system/limit.ts";
import { shellWord } from "../../system/shell.ts";
import { withDefaults } from "../environment.ts";
import { type Fleet, settingsFor, statePlaces } from "../fleet.ts";
import { type Command, heldAs } from "../worktree/held.ts";
import { type Content, contentOf, contentsOf, type Look, looking, type Unseen } from "./content.ts";
import { endLeftovers, testVariable } from "./leftovers.ts";

/** What is run as the test of an agent. */
export interface TestCommand {
  readonly argv: readonly string[];
  /** As a person would type it. */
  readonly text: string;
}

/** How the test of an agent ended, now or when the same content was tested before. */
export interface Tested {
  readonly entry: AgentEntry;
  readonly result: TestResult;
  /** It was not run again, because nothing has changed since it passed. */
  readonly known: boolean;
  /** The file with what it printed. */
  readonly log: string;
  /** The machine that it ran on, if it is not this one. */
  readonly host?: string;
}

export interface TestOptions {
  /** What follows `--`; else the configured command. */
  readonly words: readonly string[];
  /** A line for a shell, from an option; used when there are no words. */
  readonly line?: string | undefined;
  /** Runs also what has passed before. */
  readonly again: boolean;
  /** Not in the sandboxes of those that have one. What passes there has not passed inside. */
  readonly outside?: boolean;
  /** Called for each agent as soon as its test has ended. */
  readonly onTested?: (tested: Tested) => void;
}

/** At most this much of what a test prints is kept. */
const keptBytes = 2_000_000;
/** Written by package managers at the end of an installation: they tell which packages a test runs with. */
const installed = ["node_modules/.package-lock.json", "node_modules/.yarn-integrity", "node_modules/.modules.yaml"];

/**
 * The command that tests the agents of a repository. Throws FleetError `usage` when nobody has said which.
 */
export function testCommand(fleet: Fleet, root: string, { words, line }: TestOptions): TestCommand {
  if (words.length > 0) return { argv: words, text: words.map(shellWord).join(" ") };
  const configured = line ?? settingsFor(fleet, root).test_command;
  if (configured.trim() !== "") return { argv: ["/bin/sh", "-c", configured], text: configured };
  throw new FleetError("usage", "there is no test command", {
    hint: "give it after --, as in fleet test BRANCH -- npm test, or set test_command with fleet config edit",
  });
}

/**
 * Runs the test in the worktree of each agent, a few at a time, and keeps how it ended for exactly the content it ran on. What passed on
 * the same content is not run again. A test has no input and a limited time; what it leaves running is ended.
 */
export async function testAgents(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  options: TestOptions,
): Promise<{ readonly tested: readonly Tested[]; readonly unseen: readonly Unseen[] }> {
  const byRepository = [...Map.groupBy(entries, ({ repo }) => repo)];
  const commands = new Map(byRepository.map(([root]) => [root, testCommand(fleet, root, options)]));
  const all: { tested: readonly Tested[]; unseen: readonly Unseen[] }[] = [];
  for (const [root, agents] of byRepository) {
    const command = commands.get(root) as TestCommand;
    all.push(await looking(fleet, root, (look) => testIn(look, agents, command, options)));
  }
  return { tested: all.flatMap(({ tested }) => tested), unseen: all.flatMap(({ unseen }) => unseen) };
}

async function testIn(look: Look, entries: readonly AgentEntry[], command: TestCommand, options: TestOptions) {
  const config = settingsFor(look.fleet, look.repository.root);
  const { contents, unseen } = await contentsOf(look, entries);
  const limit = atMost(config.test_parallel);
  const testing = async (content: Content) => {
    const tested = await limit(() => testOne(look, config, content, command, options));
    options.onTested?.(tested);
    return tested;
  };
  const tested = await Promise.all(contents.filter((content) => isHere(content)).map(testing));
  const absent = contents.filter((content) => !isHere(content));
  return {
    tested,
    unseen: [...unseen, ...absent.map(({ entry, host }) => ({ entry, why: whyUntested(host) }))],
  };
}

function isHere({ killed, host }: Content): boolean {
  return !killed && host === undefined;
}

function whyUntested(host: string | undefined): string {
  return host === undefined ? "it was killed" : `it is on ${host}`;
}

async function testOne(
  look: Look,
  config: Config,
  content: Content,
  command: TestCommand,
  { again, outside = false }: TestOptions,
): Promise<Tested> {
  const { fleet } = look;
  const { entry, tree } = content;
  const places = statePlaces(fleet);
  const key = testKey(config, entry.worktree, tree, command, outside && entry.sandbox !== undefined);
  const before = readTestResults(places, entry.id).find((result) => result.key === key);
  if (before?.outcome === "passed" && !again) {
    return { entry, result: before, known: true, log: testLog(places, entry.id, before) };
  }
  const say = (text: string) => fleet.report({ kind: "step", branch: entry.branch, step: "test", text });
  say("running");
  const at = new Date().toISOString();
  const environment = testEnvironment(fleet, config, entry);
  const run = (held: Command) =>
    runTest(fleet, entry.worktree, held.environment, { ...command, argv: held.argv }, config.test_timeout);
  const plain = { argv: command.argv, environment };
  const ran = outside ? await run(plain) : await heldAs(fleet, entry, plain, run);
  fleet.cancelled.throwIfAborted();
  const after = await contentOf(look, entry);
  const { log, ...ended } = ran;
  const result: TestResult = {
    v: 1,
    key,
    tree,
    command: command.text,
    at,
    changed_tree: after.tree !== tree,
    ...ended,
  };
  writeTestResult(places, entry.id, result, log);
  say(`${result.outcome} in ${result.seconds.toFixed(1)}s`);
  return { entry, result, known: false, log: testLog(places, entry.id, result) };
}

/** How a run of a test ended. */
export type TestRun = Pick<TestResult, "outcome" | "exit_code" | "seconds" | "left_processes" | "output_bytes"> & {
  readonly log: Uint8Array;
};

/** Runs a test once in a directory. */
export async function runTest(
  fleet: Fleet,
  directory: string,
  environment: Environment,
  { argv }: TestCommand,
  timeoutSeconds: number,
): Promise<TestRun> {
  const name = crypto.randomUUID();
  const begun = performance.now();
  let [seconds, left] = [0, 0];
  const ended = await runForLog(argv, {
    directory,
    environment: { ...environment, PWD: directory, [testVariable]: name },
    timeoutMilliseconds: timeoutSeconds * 1000,
    cancelled: fleet.cancelled,
    keptBytes,
    whenEnded: async () => {
      seconds = Math.round((performance.now() - begun) / 10) / 100;
      left = await endLeftovers(name);
    },
  });
  return {
    outcome: outcomeOf(ended),
    exit_code: ended.exitCode,
    seconds,
    left_processes: left,
    output_bytes: ended.bytes,
    log: ended.log,
  };
}

function outcomeOf({ timedOut, exitCode }: { readonly timedOut: boolean; readonly exitCode: number }) {
  if (timedOut) return "timeout";
  return exitCode === 0 ? "passed" : "failed";
}

/** What a test finds in its environment: the caller's, what the repository sets for its agents, and which agent it tests. */
export function testEnvironment(fleet: Fleet, config: Config, entry: AgentEntry): Environment {
  return {
    ...withoutVariables(withDefaults(fleet.environment, config), (name) => gitLocalVariables.includes(name)),
    AI_FLEET_BRANCH: entry.branch,
    AI_FLEET_BATCH: entry.batch_id,
    AI_FLEET_REPO: entry.repo,
    AI_FLEET_PORT: entry.port?.toString(),
  };
}

/** Names all that decides how a test ends, as far as it can be known: not the network, not the clock. */
function testKey(config: Config, worktree: string, tree: string, { argv }: TestCommand, isFree: boolean): string {
  const hash = new Bun.CryptoHasher("sha256");
  const add = (text: string | Uint8Array) => hash.update(`${text.length}:`).update(text);
  add(tree);
  for (const word of argv) add(word);
  if (isFree) add("outside");
  add(JSON.stringify(Object.entries(config.env).sort()));
  for (const file of [...config.credential_files, ...config.test_also, ...installed].sort()) {
    const path = join(worktree, file);
    add(file);
    if (isFile(path)) add(readBytesIfExists(path) ?? "");
    else add(modified(path));
  }
  return hash.digest("hex");
}

/** Of a directory or of nothing: when it last changed. */
function modified(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs.toString() ?? "";
}

/** The newest result of an agent for a content, and whether there is one for another content instead. */
export function resultFor(
  fleet: Fleet,
  { entry, tree }: Content,
  command?: TestCommand,
): { readonly result: TestResult | undefined; readonly stale: boolean } {
  const results = readTestResults(statePlaces(fleet), entry.id).filter(
    (result) => command === undefined || result.command === command.text,
  );
  const result = results.find((one) => one.tree === tree);
  return { result: result ?? results[0], stale: result === undefined && results.length > 0 };
}
