import { withoutControlCharacters } from "../agents/control-characters.ts";
import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { type Delivery, deliverPrompt, type Prompt } from "../fleet/talk/deliver.ts";
import { interruptAgent } from "../fleet/talk/interrupt.ts";
import { type Looks, sharedLooks } from "../fleet/talk/looks.ts";
import type { PromptAnswer, PromptInput } from "../model/wire/prompt.ts";
import type { AwayAgent } from "../state/away.ts";
import type { AgentEntry } from "../state/entry.ts";
import { shellWord } from "../system/shell.ts";
import { gone, inOrder, parted } from "./away.ts";
import { agentFailure } from "./failure.ts";
import { chooseAgents } from "./targets.ts";

/** Sends a message to the agents that are meant and says what became of each. Throws FleetError when none is meant, or nothing is said. */
export async function prompt(fleet: Fleet, input: PromptInput): Promise<PromptAnswer> {
  requireMessage(input.message);
  const { entries } = await chooseAgents(fleet, input, { reachesOut: false, away: "known" });
  const { message: text, raw, interrupt } = input;
  return promptAnswer(await deliverAll(fleet, entries, { text, raw }, { interrupt }));
}

/** Throws FleetError `usage` for a message in which nothing can be read. */
export function requireMessage(message: string): void {
  if (withoutControlCharacters(message).trim() !== "") return;
  throw new FleetError("usage", "the message is empty", { hint: "see fleet prompt --help" });
}

/** Delivers a prompt to all of these agents at once, on all machines, after stopping their turns where that is asked for. */
export async function deliverAll(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  message: Prompt,
  { interrupt }: { readonly interrupt: boolean },
): Promise<Delivery[]> {
  const { here, away } = parted(fleet, entries);
  const deliver = interrupt ? interruptAndDeliver : deliverPrompt;
  const looks = sharedLooks(fleet);
  const [own, others] = await Promise.all([
    Promise.all(here.map((entry) => deliver(fleet, entry, message, looks))),
    away.length === 0 ? [] : deliverAway(fleet, away, message, interrupt),
  ]);
  return inOrder(entries, [...own, ...others]);
}

const promptRow = { name: "prompt", changes: true, shapes: () => import("../model/wire/prompt.ts") } as const;

async function deliverAway(
  fleet: Fleet,
  away: readonly AwayAgent[],
  { text: message, raw }: Prompt,
  interrupt: boolean,
): Promise<Delivery[]> {
  const { callHosts } = await import("./across/act.ts");
  const answers = await callHosts(fleet, away, promptRow, { message, raw, interrupt });
  return answers.flatMap(({ agents, answer: told, error }) =>
    agents.map(({ entry }): Delivery => {
      const found = told?.agents.find(({ id }) => id === entry.id);
      const failure = told?.failures.find(({ branch }) => branch === entry.branch) ?? error;
      if (found === undefined)
        return { entry, outcome: "failed", why: failure?.message ?? gone, hint: failure?.hint ?? undefined };
      return { entry, outcome: found.outcome, why: found.reason ?? undefined, hint: failure?.hint ?? undefined };
    }),
  );
}

/** Whether the agent did not get its message. */
export function isUndelivered({ outcome }: Pick<Delivery, "outcome">): boolean {
  return outcome === "refused" || outcome === "failed";
}

/** What became of the messages, as it is answered. */
export function promptAnswer(deliveries: readonly Delivery[]): PromptAnswer {
  return {
    agents: deliveries.map(({ entry, outcome, why }) => ({ ...entry, outcome, reason: why ?? null })),
    failures: deliveries
      .filter(isUndelivered)
      .map(({ entry, outcome, why, hint }) => agentFailure(entry.branch, { kind: outcome, message: why, hint })),
  };
}

/** What could not be stopped is not prompted either: the prompt would wait behind what the user wanted to end. */
async function interruptAndDeliver(fleet: Fleet, entry: AgentEntry, message: Prompt, looks: Looks): Promise<Delivery> {
  const { working, why } = await interruptAgent(fleet, entry, looks);
  if (!working) return deliverPrompt(fleet, entry, message, looks);
  return { entry, outcome: "failed", why: `not interrupted: ${why}`, hint: `fleet attach ${shellWord(entry.branch)}` };
}
