import { statSync } from "node:fs";
import { join } from "node:path";
import { readTextIfExists } from "../../system/files.ts";
import type { Unseen } from "./content.ts";
import type { Tested } from "./test.ts";

/** The end of what a failed test printed that goes into a report. */
const shownBytes = 10_000;
/** One test case of a JUnit file, with the attributes that XML allows. */
const testCase = /<testcase(?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*(?:\/>|>[\s\S]*?<\/testcase>)/g;

/** An agent, by its branch, whose tests did not run, and why. */
export interface Untested {
  readonly branch: string;
  readonly why: string;
}

/** An agent that could not be looked at, as one whose tests did not run. */
export function untestedAgent({ entry, why }: Unseen): Untested {
  return { branch: entry.branch, why };
}

/**
 * One JUnit report with a suite for each agent: of the cases that its test command wrote into files matching `patterns`, or, where it
 * wrote none, one case for the whole run. Of one whose tests did not run there is an error with the reason: who reads the report alone
 * must not take those that ran for all.
 */
export async function junitReport(
  tested: readonly Tested[],
  untested: readonly Untested[],
  patterns: readonly string[],
): Promise<string> {
  const ran = await Promise.all(tested.map((one) => suite(one, patterns)));
  const suites = [...ran, ...untested.map(suiteOfUntested)];
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("")}</testsuites>\n`;
}

async function suite(one: Tested, patterns: readonly string[]): Promise<string> {
  const cases = await writtenCases(one, patterns);
  const all = cases.length === 0 ? [wholeRun(one)] : cases;
  const count = (pattern: RegExp) => all.filter((text) => pattern.test(text)).length;
  const name = xmlText(one.entry.branch);
  const numbers = `tests="${all.length}" failures="${count(/<failure\b/)}" errors="${count(/<error\b/)}" skipped="${count(/<skipped\b/)}"`;
  return `<testsuite name="${name}" ${numbers} time="${one.result.seconds}" timestamp="${one.result.at}">\n${all.join("\n")}\n</testsuite>\n`;
}

function suiteOfUntested({ branch, why }: Untested): string {
  const name = xmlText(branch);
  return (
    `<testsuite name="${name}" tests="1" failures="0" errors="1" skipped="0" time="0">\n` +
    `<testcase name="not tested" classname="${name}" time="0"><error message="${xmlText(why)}"/></testcase>\n</testsuite>\n`
  );
}

/** Only files of this run: what an earlier one has left says nothing about it. Those of another machine are there. */
async function writtenCases({ entry, result, known, host }: Tested, patterns: readonly string[]): Promise<string[]> {
  if (host !== undefined) return [];
  const files: string[] = [];
  for (const pattern of patterns) {
    const glob = new Bun.Glob(pattern);
    for await (const file of glob.scan({ cwd: entry.worktree, dot: true, followSymlinks: false })) files.push(file);
  }
  return [...new Set(files)]
    .sort()
    .map((file) => join(entry.worktree, file))
    .filter((file) => known || statSync(file).mtimeMs >= Date.parse(result.at) - 2000)
    .flatMap((file) => readTextIfExists(file)?.match(testCase) ?? []);
}

function wholeRun({ entry, result, log }: Tested): string {
  const head = `<testcase name="${xmlText(result.command)}" classname="${xmlText(entry.branch)}" time="${result.seconds}"`;
  if (result.outcome === "passed") return `${head}/>`;
  const why = result.outcome === "timeout" ? `no end after ${result.seconds} s` : `exit code ${result.exit_code}`;
  const text = (readTextIfExists(log) ?? "").slice(-shownBytes);
  return `${head}><failure message="${xmlText(why)}">${xmlText(text)}</failure></testcase>`;
}

/** Text as XML 1.0 can hold it: control characters but tab and line ends cannot be written in it at all. */
export function xmlText(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
