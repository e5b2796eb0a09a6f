import { parted } from "../api/away.ts";
import { waitKeepingBudgets } from "../api/budgets.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { saidOf } from "../fleet/watch/status.ts";
import { detailAsJson } from "../fleet/watch/status-detail.ts";
import { type Halt, replyOf, type WaitResult } from "../fleet/watch/wait.ts";
import { branchPrefix } from "../output/prefix.ts";
import type { AgentEntry } from "../state/entry.ts";
import { shellWord } from "../system/shell.ts";
import type { Application } from "./application.ts";
import type { CommandResult } from "./definition.ts";
import { type SettledWork, settleWork, settleWorkAway } from "./settle-work.ts";
import type { Waiting } from "./waiting.ts";

/**
 * Waits until no agent can go on by itself, settles the work of each as was asked, and prints the last replies with what stands in the way of
 * the others. The exit code is that of `fleet wait`, and 1 when something could not be done with the work.
 */
export async function waitForReplies(
  application: Application,
  fleet: Fleet,
  entries: readonly AgentEntry[],
  waiting: Waiting,
): Promise<CommandResult> {
  const result = await waitKeepingBudgets(fleet, entries, {
    any: false,
    replies: true,
    timeoutMilliseconds: waiting.timeoutMilliseconds,
    onChange: () => undefined,
  });
  const replies = collectReplies(fleet, entries, result);
  const settled = await settleAll(application, fleet, replies, waiting);
  await reportTo(waiting.writeReport, settled);
  printReplies(application, settled);
  const code = exitCodeOf(settled, result);
  return code === 0 && !settled.every(({ work }) => work.well) ? 1 : code;
}

/** Prints what agents have replied, and leaves their work to them. The exit code is that of `fleet wait`. */
export async function reportReplies(
  application: Application,
  fleet: Fleet,
  entries: readonly AgentEntry[],
  { timeoutMilliseconds, writeReport }: Partial<Pick<Waiting, "timeoutMilliseconds" | "writeReport">>,
): Promise<CommandResult> {
  const options = { any: false, replies: true, timeoutMilliseconds, onChange: () => undefined };
  const result = await waitKeepingBudgets(fleet, entries, options);
  const replies = collectReplies(fleet, entries, result);
  await reportTo(writeReport, replies);
  printReplies(application, replies);
  return exitCodeOf(replies, result);
}

async function reportTo(writeReport: Waiting["writeReport"], replies: readonly Reply[]): Promise<void> {
  if (writeReport === undefined) return;
  const { waitReport } = await import("./wait-report.ts");
  writeReport(waitReport(replies.map(asCase)));
}

function asCase(reply: Reply) {
  return { ...reply, failure: reply.halt?.well === true ? undefined : shortcoming(reply) };
}

function exitCodeOf(replies: readonly Reply[], { pending }: WaitResult): CommandResult {
  if (pending.length > 0) return 124;
  return replies.every(({ halt }) => halt?.well === true) ? 0 : 1;
}

/** What an agent that was waited for has said, and what keeps it from going on; without a halt the time ran out. */
interface Reply {
  readonly entry: AgentEntry;
  readonly halt: Halt | undefined;
  readonly text: string;
}

interface Settled extends Reply {
  readonly work: SettledWork;
}

type Told = Reply & Partial<Settled>;

/** Agents on other machines are settled together: each of these is spoken with once. */
async function settleAll(
  application: Application,
  fleet: Fleet,
  replies: readonly Reply[],
  waiting: Waiting,
): Promise<readonly Settled[]> {
  const { away } = parted(
    fleet,
    replies.map(({ entry }) => entry),
  );
  const settled = new Map<string, SettledWork>();
  for (const agents of Map.groupBy(away, ({ entry }) => isDone(replies, entry)).values()) {
    const options = optionsFor(replies, agents[0]?.entry, waiting);
    for (const [id, work] of await settleWorkAway(application, fleet, agents, options)) settled.set(id, work);
  }
  for (const { entry } of replies) {
    if (settled.has(entry.id)) continue;
    settled.set(entry.id, await settleWork(application, fleet, entry, optionsFor(replies, entry, waiting)));
  }
  return replies.flatMap((reply) => {
    const work = settled.get(reply.entry.id);
    return work === undefined ? [] : [{ ...reply, work }];
  });
}

/** Half a turn is nobody's work yet: it is neither committed nor pushed. */
function optionsFor(replies: readonly Reply[], entry: AgentEntry | undefined, waiting: Waiting): Waiting {
  return isDone(replies, entry) ? waiting : { ...waiting, commitMessage: undefined, push: false };
}

function isDone(replies: readonly Reply[], entry: AgentEntry | undefined): boolean {
  return replies.find((reply) => reply.entry.id === entry?.id)?.halt?.well === true;
}

function collectReplies(fleet: Fleet, entries: readonly AgentEntry[], { halts }: WaitResult): Reply[] {
  return entries.map((entry) => {
    const halt = halts.find((each) => each.entry.id === entry.id);
    return { entry, halt, text: replyOf(fleet, entry, halt) };
  });
}

function printReplies(application: Application, replies: readonly Told[]): void {
  if (application.json) {
    application.answerJson({
      agents: replies.map(({ entry, halt, text, work }) => ({
        ...entry,
        status: halt?.status.word ?? null,
        reason: halt?.status.reason ?? null,
        status_detail: detailAsJson(halt?.status.detail),
        reply: text,
        ...(work === undefined ? {} : { work: work.state }),
      })),
    });
    return;
  }
  const prefix = branchPrefix(replies.map(({ entry }) => entry.branch));
  for (const { entry, text } of replies) {
    if (text !== "") application.answer(text.split("\n").map((line) => prefix(entry.branch) + line));
  }
  for (const reply of replies) {
    if (reply.halt?.well !== true) application.narration.note(`${shortcoming(reply)}\n  ${wayOn(reply)}`);
  }
}

function shortcoming({ entry: { branch }, halt }: Reply): string {
  if (halt === undefined) return `${branch} is not done yet; the time is up.`;
  return `${branch} ${saidOf(halt.status.word)}${halt.status.reason === undefined ? "" : `: ${halt.status.reason}`}`;
}

function wayOn({ entry, halt, work }: Told): string {
  const name = shellWord(entry.branch);
  if (work?.state?.ended === true) {
    return `to read what it did, run fleet logs ${name}; to bring it back, run fleet restore ${name}`;
  }
  if (halt === undefined) return `to wait on, run fleet wait ${name}; to stop it, run fleet interrupt ${name}`;
  if (halt.status.word === "waiting") return `to answer, run fleet answer ${name}`;
  return `to see why, run fleet logs ${name}`;
}
