import { FleetError } from "../errors.ts";
import { type Delivery, deliverPrompt } from "../fleet/deliver.ts";
import { type Fleet, statePlaces } from "../fleet/fleet.ts";
import { settleDeadOperations } from "../fleet/settle.ts";
import { aligned } from "../output/aligned.ts";
import { oneLine } from "../output/text.ts";
import { readRegistry } from "../state/registry.ts";
import { type CommandResult, defineFleetCommand, type Invocation } from "./definition.ts";
import { readPrompt } from "./prompt-source.ts";
import { chosenAgents, targetOptions } from "./targets.ts";

export default defineFleetCommand({
  name: "prompt",
  args: {
    words: {
      type: "positional",
      valueHint: "BRANCH... MESSAGE",
      required: false,
      variadic: true,
      completes: "targets",
      description: "agents, then the message as the last word",
    },
    prompt: { type: "string", alias: "p", valueHint: "TEXT", description: "the message; all words are agents then" },
    file: {
      type: "string",
      valueHint: "FILE",
      completes: "files",
      description: "the message from a file; - reads standard input",
    },
    ...targetOptions,
  },
  details: [
    "The message is pasted as one piece and submitted. An agent that works takes it after its turn; one that asks a question, starts " +
      "or has ended is left alone and reported.",
    "A message that starts with a dash goes behind -p, or behind --.",
  ],
  examples: [
    { command: 'fleet prompt fix-42 "green it"', explanation: "send an extra instruction" },
    { command: "fleet prompt 'auth-*' -p \"also run the linter\"", explanation: "send it to many" },
    { command: "fleet prompt fix-42 --file notes.md", explanation: "send a long one" },
  ],
  async run(args, invocation) {
    const { application } = invocation;
    const fleet = await application.openFleet();
    const { words, message } = await splitMessage(fleet, args, invocation);
    if (message.trim() === "")
      throw new FleetError("usage", "the message is empty", { hint: "see fleet prompt --help" });
    const { entries } = await chosenAgents(fleet, args, { operands: words, repeated: invocation.repeated }, false);
    await settleDeadOperations(fleet);
    const deliveries = await Promise.all(entries.map((entry) => deliverPrompt(fleet, entry, message)));
    return report(invocation, deliveries);
  },
});

interface MessageArguments {
  readonly prompt?: string | undefined;
  readonly file?: string | undefined;
}

async function splitMessage(
  fleet: Fleet,
  { prompt, file }: MessageArguments,
  { application, operands }: Invocation,
): Promise<{ readonly words: readonly string[]; readonly message: string }> {
  const given = await readPrompt(application, { text: prompt, file, edit: false });
  if (given !== undefined) return { words: operands, message: given };
  const last = operands.at(-1);
  if (last === undefined)
    throw new FleetError("usage", "no agent and no message is given", { hint: "see fleet prompt --help" });
  if (readRegistry(statePlaces(fleet)).some(({ branch }) => branch === last)) {
    throw new FleetError("usage", `the message is missing: ${last} is an agent`, {
      hint: `if that is the message, run fleet prompt ${operands.slice(0, -1).join(" ") || "BRANCH"} -p ${last}`,
    });
  }
  const message = last === "-" ? await readPrompt(application, { text: "-", file: undefined, edit: false }) : last;
  return { words: operands.slice(0, -1), message: message ?? "" };
}

function report({ application }: Invocation, deliveries: readonly Delivery[]): CommandResult {
  const failures = deliveries.filter(({ outcome }) => outcome === "refused" || outcome === "failed");
  if (application.json) {
    application.answerJson({
      agents: deliveries.map(({ entry, outcome, why }) => ({ ...entry, outcome, reason: why ?? null })),
      failures: failures.map(({ entry, outcome, why, hint }) => ({
        branch: entry.branch,
        kind: outcome,
        message: why ?? null,
        hint: hint ?? null,
      })),
    });
  } else {
    application.answer(
      aligned(
        deliveries.map(({ entry, outcome, why, hint }) => [
          `  ${entry.branch}`,
          outcome,
          oneLine(why ?? ""),
          hint ?? "",
        ]),
      ),
    );
    if (deliveries.length > 1)
      application.narration.note(`${deliveries.length - failures.length} of ${deliveries.length} have it.`);
  }
  return failures.length === 0 ? 0 : 1;
}
