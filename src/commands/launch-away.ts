import { allocateClusters, areLent } from "../api/across/clusters.ts";
import { type AwayResult, launchTicketsAcross, placedAgents } from "../api/across/launch.ts";
import { settingsToSend } from "../api/across/settings.ts";
import { hostsMeant, type RequestsFor, withField } from "../api/across/start.ts";
import type { Field } from "../api/across/survey.ts";
import { manualBatch } from "../api/create.ts";
import { agentFailure } from "../api/failure.ts";
import { currentRepository, type Fleet } from "../fleet/fleet.ts";
import type { AgentRequest } from "../fleet/operations/create/request.ts";
import { aligned } from "../output/aligned.ts";
import { createBoard } from "../output/board.ts";
import type { AgentEntry } from "../state/entry.ts";
import { shellWord } from "../system/shell.ts";
import { isTerminal } from "../system/terminal.ts";
import type { Application } from "./application.ts";
import { type Answers, withConsent } from "./consent.ts";
import type { CommandResult } from "./definition.ts";
import { withQuick } from "./launch.ts";
import { waitForReplies } from "./reply.ts";
import type { Waiting } from "./waiting.ts";

/** Agents that are to be made on other machines. */
interface AwayRequest {
  /** The host that is named, the best of those whose names are separated by commas, or of all of them for `any`. */
  readonly host: string;
  readonly requestsFor: RequestsFor;
  readonly detach?: boolean | undefined;
  readonly quick?: boolean | undefined;
  readonly "dry-run"?: boolean | undefined;
  /** Nobody waits when it is absent. */
  readonly waiting?: Waiting | undefined;
}

/** Makes agents on other machines. Reports which are there and why others are not, or waits and prints what they reply. */
export async function launchAway(application: Application, fleet: Fleet, request: AwayRequest): Promise<CommandResult> {
  if (request["dry-run"] === true) return previewAway(application, fleet, request);
  const { requests, result } = await makeAway(application, fleet, request);
  if (request.waiting === undefined) return report(application, requests, result);
  return waitAway(application, fleet, result, request.waiting);
}

/** Makes agents on other machines and says which are not there. The result is those that run. */
export async function startAway(
  application: Application,
  fleet: Fleet,
  request: Pick<AwayRequest, "host" | "requestsFor" | "quick">,
): Promise<readonly AgentEntry[]> {
  const { requests, result } = await makeAway(application, fleet, request);
  for (const { branch, error } of result.failures) application.narration.failure(branch, error);
  const working = workingOf(result);
  summarise(application, requests, working.length);
  return working.map(({ entry }) => entry);
}

/** Makes agents on other machines. What the user is to be asked is asked before a machine is waited for. */
async function makeAway(
  application: Application,
  fleet: Fleet,
  { host, requestsFor, detach, quick: asked }: Omit<AwayRequest, "dry-run" | "waiting">,
): Promise<{ readonly requests: readonly AgentRequest[]; readonly result: AwayResult }> {
  const hosts = hostsMeant(fleet, host);
  const answers: Answers = new Map();
  if (areLent(fleet, hosts)) {
    // What is queued may wait for hours: what the user is to be asked is asked before.
    const { root } = await currentRepository(fleet);
    const look = async (quick: boolean) => void (await settingsToSend(fleet, root, quick || asked === true));
    await withConsent(application, fleet, look, answers);
  }
  await allocateClusters(fleet, hosts);
  return withField(fleet, hosts, async (field) => {
    const requests = await requestsFor(field.taken);
    const names = requests.map(({ branch }) => branch);
    const result = await withConsent(
      application,
      fleet,
      (quick) => {
        const board = createBoard(application.narration, names);
        const shown = { ...fleet, report: board.report };
        return launchTicketsAcross(shown, field, withQuick(requests, quick), { detach: detach === true }).finally(
          board.close,
        );
      },
      answers,
    );
    return { requests, result };
  });
}

function previewAway(
  application: Application,
  fleet: Fleet,
  { host, requestsFor }: AwayRequest,
): Promise<CommandResult> {
  return withField<CommandResult>(fleet, hostsMeant(fleet, host), async (field) => {
    preview(application, field, await requestsFor(field.taken));
    return 0;
  });
}

/** Why some are not there is said beside the replies of the others. */
async function waitAway(
  application: Application,
  fleet: Fleet,
  { launched, failures }: AwayResult,
  waiting: Waiting,
): Promise<CommandResult> {
  for (const { branch, error } of failures) application.narration.failure(branch, error);
  const entries = workingOf({ launched, failures }).map(({ entry }) => entry);
  if (entries.length === 0) return 1;
  const code = await waitForReplies(application, fleet, entries, waiting);
  return code === 0 && failures.length > 0 ? 1 : code;
}

/** Those that are there and run. */
function workingOf({ launched, failures }: AwayResult): AwayResult["launched"] {
  const failed = new Set(failures.map(({ branch }) => branch));
  return launched.filter(({ entry }) => !failed.has(entry.branch));
}

function preview(application: Application, field: Field, requests: readonly AgentRequest[]): void {
  const rows = [...placedAgents(field, requests)].flatMap(([host, agents]) =>
    agents.map(({ branch }) => ({ host, branch })),
  );
  if (application.json) application.answerJson({ dry_run: true, agents: rows });
  else application.answer(aligned(rows.map(({ host, branch }) => [host, branch])));
}

function report(
  application: Application,
  requests: readonly AgentRequest[],
  { launched, failures }: AwayResult,
): CommandResult {
  const working = workingOf({ launched, failures });
  if (application.json) {
    application.answerJson({
      agents: launched.map(({ host, entry }) => ({ ...entry, host })),
      failures: failures.map(({ host, branch, error }) => ({ ...agentFailure(branch, error), host })),
    });
  } else {
    for (const { branch, error } of failures) application.narration.failure(branch, error);
    if (!isTerminal(1)) application.answer(working.map(({ entry }) => entry.branch));
    summarise(application, requests, working.length);
  }
  return failures.length === 0 ? 0 : 1;
}

function summarise({ narration }: Application, requests: readonly AgentRequest[], working: number): void {
  const prompted = requests.some(({ prompt }) => prompt !== undefined);
  const state = prompted ? "working" : "ready for a prompt";
  narration.note(`${working} of ${requests.length} ${working === 1 ? "is" : "are"} ${state}.`);
  const batch = requests[0]?.batch;
  const missing = requests.length - working;
  if (missing > 0 && requests.length > 1 && batch !== undefined && batch !== manualBatch()) {
    narration.note(
      `  to make up for the others, run fleet fanout ${missing} ${shellWord(batch)} --continue --host any ...`,
    );
  }
  if (working > 0) narration.note("  fleet list     fleet fetch");
}
