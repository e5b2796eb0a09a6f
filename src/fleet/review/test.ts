import type { Config } from "../../config/config.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { readTestResults, type TestResult, testLog, writeTestResult } from "../../state/test-results.ts";
import { atMost } from "../../system/limit.ts";
import { type Fleet, settingsFor, statePlaces } from "../fleet.ts";
import { type Command, heldAs } from "../worktree/held.ts";
import { type Content, contentOf, contentsOf, type Look, looking, type Unseen } from "./content.ts";
import { runTest, testEnvironment } from "./run-test.ts";
import { type TestCommand, type TestWords, testCommand } from "./test-command.ts";
import { testKey } from "./test-key.ts";

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

/** How agents are tested. */
export interface TestOptions extends TestWords {
  /** Runs also what has passed before. */
  readonly again: boolean;
  /** Not in the sandboxes of those that have one. What passes there has not passed inside. */
  readonly outside?: boolean;
  /** Called for each agent as soon as its test has ended. */
  readonly onTested?: (tested: Tested) => void;
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

/** How the agents of one repository are tested. */
interface Testing {
  readonly look: Look;
  readonly config: Config;
  readonly command: TestCommand;
  readonly options: TestOptions;
}

async function testIn(look: Look, entries: readonly AgentEntry[], command: TestCommand, options: TestOptions) {
  const testing: Testing = { look, config: settingsFor(look.fleet, look.repository.root), command, options };
  const { contents, unseen } = await contentsOf(look, entries);
  const limit = atMost(testing.config.test_parallel);
  const test = async (content: Content) => {
    const tested = await limit(() => testOne(testing, content));
    options.onTested?.(tested);
    return tested;
  };
  const tested = await Promise.all(contents.filter(isHere).map(test));
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

async function testOne({ look, config, command, options }: Testing, { entry, tree }: Content): Promise<Tested> {
  const { again, outside = false } = options;
  const { fleet } = look;
  const places = statePlaces(fleet);
  const isOutside = outside && entry.sandbox !== undefined;
  const key = testKey(config, { worktree: entry.worktree, tree, argv: command.argv, isOutside });
  const before = readTestResults(places, entry.id).find((result) => result.key === key);
  if (before?.outcome === "passed" && !again) {
    return { entry, result: before, known: true, log: testLog(places, entry.id, before) };
  }
  const say = (text: string) => fleet.report({ kind: "step", branch: entry.branch, step: "test", text });
  say("running");
  const at = new Date().toISOString();
  const environment = testEnvironment(fleet, config, entry);
  const where = { directory: entry.worktree, timeoutSeconds: config.test_timeout };
  const run = (held: Command) => runTest(fleet, held, where);
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
