import { allFailures, createAnswer, manualBatch, problemOf } from "../api/create.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { draftAll } from "../fleet/operations/create/drafting.ts";
import type { AgentRequest } from "../fleet/operations/create/request.ts";
import { previewPlans } from "../fleet/operations/create/reservation.ts";
import { launchTickets } from "../fleet/tickets/launch.ts";
import { networkAccesses, sandboxKinds, sandboxText } from "../model/sandbox.ts";
import { aligned } from "../output/aligned.ts";
import { createBoard } from "../output/board.ts";
import { oneLine } from "../output/text.ts";
import type { AgentEntry } from "../state/entry.ts";
import { shellWord } from "../system/shell.ts";
import { isTerminal } from "../system/terminal.ts";
import type { Application } from "./application.ts";
import { withConsent } from "./consent.ts";
import type { CommandArguments, CommandResult } from "./definition.ts";

/** The options of every command that makes agents. */
export const launchOptions = {
  from: {
    type: "string",
    valueHint: "REF",
    completes: "branches",
    description: "start branches from this; else from default_base",
  },
  batch: { type: "string", valueHint: "NAME", description: "put the agents into this batch" },
  budget: { type: "string", valueHint: "AMOUNT", description: "what each may use: 5USD, 2M; see fleet budget" },
  sandbox: {
    type: "string",
    valueHint: "KIND",
    completes: sandboxKinds,
    description: "run each in this kind of sandbox; see fleet help sandboxes",
  },
  memory: { type: "string", valueHint: "SIZE", description: "how much memory each may use: 512M, 4G" },
  cpus: { type: "string", valueHint: "N", description: "how many cores each may use: 2, 0.5" },
  pids: { type: "string", valueHint: "N", description: "how many processes each may have" },
  network: {
    type: "string",
    valueHint: "ACCESS",
    completes: networkAccesses,
    description: `what a sandbox reaches of the network: ${networkAccesses.join(", ")}`,
  },
  quick: { type: "boolean", description: "skip setup commands and unaccepted settings" },
  "dry-run": { type: "boolean", description: "show what would be made" },
  detach: { type: "boolean", excludes: ["wait"], description: "do not wait for the setup commands" },
} as const satisfies CommandArguments;

/** The option of commands that make agents of one kind. */
export const agentOption = {
  type: "string",
  alias: "a",
  valueHint: "NAME",
  completes: "agents",
  description: "which agent; else default_agent",
} as const;

/** The option of commands that can make agents on other machines. */
export const hostOption = {
  type: "string",
  valueHint: "NAME",
  description: "start them on this host; any: where there is most room",
} as const;

/** The options with which a prompt is given to a new agent. */
export const promptOptions = {
  prompt: {
    type: "string",
    alias: "p",
    valueHint: "TEXT",
    excludes: ["prompt-file", "edit"],
    description: "first prompt; - reads standard input",
  },
  "prompt-file": {
    type: "string",
    valueHint: "FILE",
    completes: "files",
    excludes: ["edit"],
    description: "first prompt from a file",
  },
  edit: { type: "boolean", alias: "e", description: "write the first prompt in your editor" },
  raw: { type: "boolean", description: "pass it on as it is, for a command of the agent" },
} as const satisfies CommandArguments;

/** Shows what a launch would make. Throws FleetError for what it would refuse. */
export async function previewLaunch(
  application: Application,
  fleet: Fleet,
  requests: readonly AgentRequest[],
): Promise<CommandResult> {
  const plans = await withConsent(application, fleet, async (quick) =>
    previewPlans(fleet, await draftAll(fleet, withQuick(requests, quick))),
  );
  if (application.json) {
    application.answerJson({ dry_run: true, agents: plans.map(({ entry }) => entry) });
    return 0;
  }
  const rows = plans.flatMap(({ entry, draft, start, setup }) => [
    [
      "branch",
      `${entry.branch}, ${draft.adopted ? "as it is" : `new, from ${draft.baseName}@${entry.base.slice(0, 7)}`}`,
    ],
    ["worktree", entry.worktree],
    ["session", entry.session],
    ...setup.commands.map((command) => ["setup", oneLine(command)]),
    ["agent", `${entry.agent}, ${start.permission}`],
    ...(entry.sandbox === undefined ? [] : [["sandbox", sandboxText(entry.sandbox)]]),
  ]);
  application.answer(aligned(rows));
  return 0;
}

interface LaunchManyOptions {
  /** Their setup commands are not waited for. */
  readonly detach?: boolean | undefined;
  /** What starts them, all at once unless given. */
  readonly launch?: typeof launchTickets | undefined;
}

/** Makes many agents, showing how far each is, and reports which are there and why others are not. */
export async function launchMany(
  application: Application,
  fleet: Fleet,
  requests: readonly AgentRequest[],
  { detach = false, launch = launchTickets }: LaunchManyOptions = {},
): Promise<CommandResult> {
  const names = requests.map(({ branch }) => branch);
  const result = await withConsent(application, fleet, (quick) => {
    const board = createBoard(application.narration, names);
    return launch({ ...fleet, report: board.report }, withQuick(requests, quick), { detach }).finally(board.close);
  });
  const failures = allFailures(result);
  const there = result.launched.filter((launched) => problemOf(launched) === undefined).map(({ entry }) => entry);
  if (application.json) {
    application.answerJson(createAnswer(result));
  } else {
    for (const { branch, error } of failures) application.narration.failure(branch, error);
    if (!isTerminal(1)) application.answer(there.map(({ branch }) => branch));
    summarise(application, requests, there);
  }
  if (fleet.cancelled.aborted) throw fleet.cancelled.reason;
  return failures.length === 0 ? 0 : 1;
}

/** The requests as they are, or all of them with `--quick`. */
export function withQuick(requests: readonly AgentRequest[], quick: boolean): readonly AgentRequest[] {
  return quick ? requests.map((request) => ({ ...request, quick })) : requests;
}

function summarise({ narration }: Application, requests: readonly AgentRequest[], there: readonly AgentEntry[]): void {
  const [first] = there;
  const prompted = requests.some(({ prompt }) => prompt !== undefined);
  const state = there.length === 1 ? "is" : "are";
  narration.note(`${there.length} of ${requests.length} ${state} ${prompted ? "working" : "ready for a prompt"}.`);
  if (first === undefined) return;
  const { batch_id: batch } = first;
  const others =
    batch === manualBatch() ? "" : `     fleet wait ${shellWord(batch)}     fleet kill ${shellWord(batch)}`;
  narration.note(`  fleet list --grouped     fleet attach${others}`);
}
