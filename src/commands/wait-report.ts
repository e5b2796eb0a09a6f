import { xmlText } from "../fleet/review/junit.ts";
import type { AgentEntry } from "../state/entry.ts";

/** The end of a reply that goes into a report. */
const shownCharacters = 10_000;

/** What is told of an agent that was waited for. */
interface Waited {
  readonly entry: AgentEntry;
  readonly text: string;
  /** Why it did not come to the end of its turn. */
  readonly failure: string | undefined;
}

/** A JUnit report of agents that were waited for, with a case for each: failed where it did not come to the end of its turn. */
export function waitReport(replies: readonly Waited[]): string {
  const failures = replies.filter(({ failure }) => failure !== undefined).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `<testsuite name="fleet" tests="${replies.length}" failures="${failures}" errors="0" skipped="0">`,
    ...replies.map(agentCase),
    "</testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function agentCase({ entry, text, failure }: Waited): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(entry.created_at)) / 1000));
  const head = `<testcase name="${xmlText(entry.branch)}" classname="${xmlText(entry.agent)}" time="${seconds}">`;
  const failed = failure === undefined ? "" : `<failure message="${xmlText(failure)}"/>`;
  return `${head}${failed}<system-out>${xmlText(text.slice(-shownCharacters))}</system-out></testcase>`;
}
