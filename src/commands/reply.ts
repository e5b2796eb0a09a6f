import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { detailAsJson } from "../fleet/watch/status-detail.ts";
import { lastTurn } from "../fleet/watch/transcript.ts";
import { type Halt, type WaitResult, waitForAgents } from "../fleet/watch/wait.ts";
import { branchPrefix } from "../output/prefix.ts";
import type { AgentEntry } from "../state/entry.ts";
import type { Application } from "./application.ts";
import { budgetGuard } from "./budget-guard.ts";
import type { CommandResult } from "./definition.ts";
import { durationOption } from "./durations.ts";
import { type SettledWork, settleWork } from "./settle-work.ts";

/** How long to wait for a reply, and what becomes of the agent afterwards. */
export interface ReplyOptions {
  readonly timeoutMilliseconds: number | undefined;
  readonly remove: boolean;
  /** The message of a commit with what is in none; without one nothing is committed. */
  readonly commitMessage: string | undefined;
  readonly push: boolean;
}

interface WaitValues {
  readonly wait?: boolean | undefined;
  readonly timeout?: string | undefined;
  readonly rm?: boolean | undefined;
  readonly commit?: boolean | undefined;
  readonly message?: string | undefined;
  readonly push?: boolean | undefined;
  readonly attach?: boolean | undefined;
  readonly detach?: boolean | undefined;
}

/** What `--wait`, `--timeout` and `--rm` ask for; `undefined` without `--wait`. Throws FleetError `usage` for what cannot mean anything. */
export function waitOptions(values: WaitValues, prompt: string | undefined): ReplyOptions | undefined {
  const problem = values.wait === true ? problemOfWaiting(values, prompt) : problemWithoutWaiting(values);
  if (problem !== undefined) throw new FleetError("usage", problem, { hint: "see fleet create --help" });
  if (values.wait !== true) return undefined;
  return {
    timeoutMilliseconds: values.timeout === undefined ? undefined : durationOption("--timeout", values.timeout) * 1000,
    remove: values.rm === true,
    commitMessage: values.commit === true ? (values.message ?? "Work of an agent") : undefined,
    push: values.push === true,
  };
}

function problemWithoutWaiting({ timeout, rm, commit, push, message }: WaitValues): string | undefined {
  if (timeout !== undefined || rm === true) return "--timeout and --rm go with --wait";
  if (commit === true || push === true) return "--commit and --push go with --wait";
  return message === undefined ? undefined : "--message goes with --commit";
}

function problemOfWaiting(
  { message, commit, attach, detach }: WaitValues,
  prompt: string | undefined,
): string | undefined {
  if (message !== undefined && commit !== true) return "--message goes with --commit";
  if (prompt === undefined) return "--wait needs a prompt to wait for the reply to";
  if (attach === true || detach === true) return "--wait cannot be combined with --attach or --detach";
  return undefined;
}

/** Waits until an agent has finished its turn and prints its last reply. The exit code is that of `fleet wait`. */
export async function waitForReply(
  application: Application,
  fleet: Fleet,
  entry: AgentEntry,
  options: ReplyOptions,
): Promise<CommandResult> {
  const onLook = budgetGuard(application, fleet, [entry]);
  const result = await waitForAgents(fleet, [entry], {
    ...(onLook === undefined ? {} : { onLook }),
    any: false,
    timeoutMilliseconds: options.timeoutMilliseconds,
    onChange: () => undefined,
  });
  const replies = collectReplies(fleet, [entry], result);
  // Half a turn is nobody's work yet: it is neither committed nor pushed.
  const isDone = replies.every(({ halt }) => halt?.well === true);
  const work = await settleWork(
    application,
    fleet,
    entry,
    isDone ? options : { ...options, commitMessage: undefined, push: false },
  );
  const code = printReplies(application, replies, result, work);
  return code === 0 && !work.well ? 1 : code;
}

/** Prints the last replies of agents that were waited for, and what stands in the way of the others. The exit code is that of `fleet wait`. */
export function reportReplies(
  application: Application,
  fleet: Fleet,
  entries: readonly AgentEntry[],
  result: WaitResult,
): CommandResult {
  return printReplies(application, collectReplies(fleet, entries, result), result);
}

interface Reply {
  readonly entry: AgentEntry;
  readonly halt: Halt | undefined;
  readonly text: string;
}

function collectReplies(fleet: Fleet, entries: readonly AgentEntry[], { halts }: WaitResult): Reply[] {
  return entries.map((entry) => ({
    entry,
    halt: halts.find((halt) => halt.entry.id === entry.id),
    text: lastTurn(fleet, entry)?.reply ?? "",
  }));
}

function printReplies(
  application: Application,
  replies: readonly Reply[],
  { pending }: WaitResult,
  work?: SettledWork,
): CommandResult {
  if (application.json) {
    application.answerJson({
      agents: replies.map(({ entry, halt, text }) => ({
        ...entry,
        status: halt?.status.word ?? null,
        reason: halt?.status.reason ?? null,
        status_detail: detailAsJson(halt?.status.detail),
        reply: text,
        ...(work === undefined ? {} : { work: work.state }),
      })),
    });
  } else {
    const prefix = branchPrefix(replies.map(({ entry }) => entry.branch));
    for (const { entry, text } of replies) {
      if (text !== "") application.answerForeign(text.split("\n").map((line) => prefix(entry.branch) + line));
    }
    for (const { entry, halt } of replies) {
      if (halt?.well !== true) application.narration.note(shortcoming(entry, halt));
    }
  }
  if (pending.length > 0) return 124;
  return replies.every(({ halt }) => halt?.well === true) ? 0 : 1;
}

function shortcoming({ branch }: AgentEntry, halt: Halt | undefined): string {
  if (halt === undefined) return `${branch} is not done yet; the time is up.`;
  return `${branch} is ${halt.status.word}${halt.status.reason === undefined ? "" : `: ${halt.status.reason}`}`;
}
