import { xmlText } from "../fleet/review/junit.ts";
import { type Reply, shortcoming } from "./reply.ts";

/** The end of a reply that goes into a report. */
const shownCharacters = 10_000;

/** A JUnit report of agents that were waited for, with a case for each: failed where it did not come to the end of its turn. */
export function waitReport(replies: readonly Reply[]): string {
  const failures = replies.filter(({ halt }) => halt?.well !== true).length;
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

function agentCase(reply: Reply): string {
  const { entry, halt, text } = reply;
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(entry.created_at)) / 1000));
  const head = `<testcase name="${xmlText(entry.branch)}" classname="${xmlText(entry.agent)}" time="${seconds}">`;
  const failure = halt?.well === true ? "" : `<failure message="${xmlText(shortcoming(reply))}"/>`;
  return `${head}${failure}<system-out>${xmlText(text.slice(-shownCharacters))}</system-out></testcase>`;
}
