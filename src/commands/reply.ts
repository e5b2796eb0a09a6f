import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { killAgents } from "../fleet/kill.ts";
import { lastTurn, type WaitResult, waitForAgents } from "../fleet/wait.ts";
import type { AgentEntry } from "../state/entry.ts";
import type { Application } from "./application.ts";
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
  const result = await waitForAgents(fleet, [entry], {
    any: false,
    timeoutMilliseconds: options.timeoutMilliseconds,
    onChange: () => undefined,
  });
  const reply = lastTurn(fleet, entry)?.reply ?? "";
  const ended = options.remove ? await remove(application, fleet, entry) : true;
  const code = exitCodeOf(application, entry, result);
  const [halt] = result.halts;
  if (application.json) {
    const status = halt === undefined ? {} : { status: halt.status.word, reason: halt.status.reason ?? null };
    application.answerJson({ agents: [{ ...entry, ...status, reply }] });
  } else if (reply !== "") {
    application.answer([reply]);
  }
  return code === 0 && !ended ? 1 : code;
}

function exitCodeOf({ narration }: Application, { branch }: AgentEntry, { halts: [halt] }: WaitResult): CommandResult {
  if (halt === undefined) {
    narration.note(`${branch} is not done yet; the time is up.`);
    return 124;
  }
  if (!halt.well)
    narration.note(`${branch} is ${halt.status.word}${halt.status.reason ? `: ${halt.status.reason}` : ""}`);
  return halt.well ? 0 : 1;
}

async function remove({ narration }: Application, fleet: Fleet, entry: AgentEntry): Promise<boolean> {
  const [result] = await killAgents(fleet, [entry]);
  if (result === undefined || result.ended) return true;
  narration.note(`${entry.branch} is kept: ${result.why}${result.hint === undefined ? "" : `; ${result.hint}`}`);
  return false;
}
