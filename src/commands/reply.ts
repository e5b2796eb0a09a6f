import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { killAgents } from "../fleet/operations/kill/kill.ts";
import { detailAsJson } from "../fleet/watch/status-detail.ts";
import { lastTurn } from "../fleet/watch/transcript.ts";
import { type Halt, type WaitResult, waitForAgents } from "../fleet/watch/wait.ts";
import { branchPrefix } from "../output/prefix.ts";
import type { AgentEntry } from "../state/entry.ts";
import type { Application } from "./application.ts";
import { budgetGuard } from "./budget-guard.ts";
import type { CommandResult } from "./definition.ts";
import { durationOption } from "./durations.ts";

/** How long to wait for a reply, and what becomes of the agent afterwards. */
export interface ReplyOptions {
  readonly timeoutMilliseconds: number | undefined;
  readonly remove: boolean;
}

interface WaitValues {
  readonly wait?: boolean | undefined;
  readonly timeout?: string | undefined;
  readonly rm?: boolean | undefined;
  readonly attach?: boolean | undefined;
  readonly detach?: boolean | undefined;
}

/** What `--wait`, `--timeout` and `--rm` ask for; `undefined` without `--wait`. Throws FleetError `usage` for what cannot mean anything. */
export function waitOptions(values: WaitValues, prompt: string | undefined): ReplyOptions | undefined {
  const refuse = (message: string) => {
    throw new FleetError("usage", message, { hint: "see fleet create --help" });
  };
  if (values.wait !== true) {
    if (values.timeout !== undefined || values.rm === true) refuse("--timeout and --rm go with --wait");
    return undefined;
  }
  if (prompt === undefined) refuse("--wait needs a prompt to wait for the reply to");
  if (values.attach === true || values.detach === true) refuse("--wait cannot be combined with --attach or --detach");
  return {
    timeoutMilliseconds: values.timeout === undefined ? undefined : durationOption("--timeout", values.timeout) * 1000,
    remove: values.rm === true,
  };
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
  const ended = options.remove ? await remove(application, fleet, entry) : true;
  const code = printReplies(application, replies, result);
  return code === 0 && !ended ? 1 : code;
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

function printReplies(application: Application, replies: readonly Reply[], { pending }: WaitResult): CommandResult {
  if (application.json) {
    application.answerJson({
      agents: replies.map(({ entry, halt, text }) => ({
        ...entry,
        status: halt?.status.word ?? null,
        reason: halt?.status.reason ?? null,
        status_detail: detailAsJson(halt?.status.detail),
        reply: text,
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

async function remove({ narration }: Application, fleet: Fleet, entry: AgentEntry): Promise<boolean> {
  const [result] = await killAgents(fleet, [entry]);
  if (result === undefined || result.ended !== false) return true;
  narration.note(`${entry.branch} is kept: ${result.why}${result.hint === undefined ? "" : `; ${result.hint}`}`);
  return false;
}
