import { deliverAll, isUndelivered, promptAnswer, requireMessage } from "../api/prompt.ts";
import { FleetError } from "../errors.ts";
import { type Fleet, statePlaces } from "../fleet/fleet.ts";
import { type Delivery, untilReady } from "../fleet/talk/deliver.ts";
import { aligned } from "../output/aligned.ts";
import { oneLine } from "../output/text.ts";
import { readRegistry } from "../state/registry.ts";
import { shellWord } from "../system/shell.ts";
import { type CommandResult, defineFleetCommand, type Invocation } from "./definition.ts";
import { durationOption } from "./durations.ts";
import { readPrompt } from "./prompt-source.ts";
import { reportReplies } from "./reply.ts";
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
    prompt: {
      type: "string",
      alias: "p",
      valueHint: "TEXT",
      description: "the message; all other words are then agents",
    },
    file: {
      type: "string",
      valueHint: "FILE",
      completes: "files",
      excludes: ["prompt"],
      description: "the message from a file; - reads standard input",
    },
    raw: { type: "boolean", description: "type it as it is, for a command of the agent" },
    interrupt: { type: "boolean", description: "stop the turn first, then deliver" },
    "when-ready": { type: "boolean", description: "wait for agents that start or ask, then deliver" },
    wait: { type: "boolean", description: "wait until the turns are done and print the replies" },
    timeout: {
      type: "string",
      valueHint: "TIME",
      needs: ["wait", "when-ready"],
      description: "give up after 90s, 10m ...",
    },
    ...targetOptions,
  },
  details: [
    "The message is pasted as one piece and submitted. A working agent takes it after its turn; one that is asking a question, is starting or has ended is left alone and reported.",
    "A message that starts with a dash goes after -p, or after --.",
  ],
  examples: [
    { command: 'fleet prompt fix-42 "green it"', explanation: "add an instruction" },
    { command: "fleet prompt 'auth-*' -p \"also run the linter\"", explanation: "send it to many" },
    { command: "fleet prompt fix-42 --file notes.md", explanation: "send a long one" },
    { command: 'fleet prompt fix-42 --wait "what is left to do?"', explanation: "ask, and print the reply" },
  ],
  async run(args, invocation) {
    const { application } = invocation;
    const fleet = await application.openFleet();
    const { words, message } = splitMessage(fleet, args, invocation);
    requireMessage(message);
    const { entries } = await chosenAgents(
      fleet,
      args,
      { ...invocation, operands: words },
      {
        reachesOut: false,
        away: "known",
      },
    );
    const timeout = args.timeout === undefined ? undefined : durationOption("--timeout", args.timeout) * 1000;
    if (args["when-ready"] === true)
      await Promise.all(entries.map((entry) => untilReady(fleet, entry, timeout ?? Number.POSITIVE_INFINITY)));
    const prompt = { text: message, raw: args.raw === true };
    const deliveries = await deliverAll(fleet, entries, prompt, { interrupt: args.interrupt === true });
    if (args.wait !== true) return report(invocation, deliveries);
    return waitForReplies(fleet, invocation, deliveries, timeout);
  },
});

/** The replies are the answer; who did not get the message, and who did not come to a good end, is said beside. */
async function waitForReplies(
  fleet: Fleet,
  { application }: Invocation,
  deliveries: readonly Delivery[],
  timeoutMilliseconds: number | undefined,
): Promise<CommandResult> {
  const failures = deliveries.filter(isUndelivered);
  const reached = deliveries.filter((delivery) => !failures.includes(delivery)).map(({ entry }) => entry);
  for (const { entry, outcome, why, hint } of failures) {
    application.narration.note(
      [`${entry.branch}: ${outcome}`, why ?? "", hint ?? ""].filter((part) => part !== "").join("; "),
    );
  }
  if (reached.length === 0) return 1;
  const code = await reportReplies(application, fleet, reached, { timeoutMilliseconds });
  return code === 0 && failures.length > 0 ? 1 : code;
}

interface MessageArguments {
  readonly prompt?: string | undefined;
  readonly file?: string | undefined;
}

function splitMessage(
  fleet: Fleet,
  { prompt, file }: MessageArguments,
  { application, operands }: Invocation,
): { readonly words: readonly string[]; readonly message: string } {
  const given = readPrompt(application, { text: prompt, file });
  if (given !== undefined) return { words: operands, message: given };
  const last = operands.at(-1);
  if (last === undefined)
    throw new FleetError("usage", "no agent and no message is given", { hint: "see fleet prompt --help" });
  refuseMisplaced(operands, new Set(readRegistry(statePlaces(fleet)).map(({ branch }) => branch)));
  const message = last === "-" ? readPrompt(application, { text: "-", file: undefined }) : last;
  return { words: operands.slice(0, -1), message: message ?? "" };
}

/** A message before the name, one without quotes, or none at all: each is answered with the line that was meant. */
function refuseMisplaced(operands: readonly string[], branches: ReadonlySet<string>): void {
  const [first = "", second, ...more] = operands;
  const last = operands.at(-1) ?? "";
  if (branches.has(last)) {
    const swapped = second !== undefined && more.length === 0 && !branches.has(first);
    throw new FleetError("usage", `the message is missing: ${last} is an agent`, {
      hint: swapped
        ? `the agent comes first: fleet prompt ${shellWord(last)} ${shellWord(first)}`
        : messageHint(operands),
    });
  }
  const isLoose =
    more.length > 0 && branches.has(first) && operands.slice(1).every((word) => /^[\w',.!?-]+$/.test(word));
  if (isLoose && second !== undefined && !operands.slice(1).some((word) => branches.has(word))) {
    throw new FleetError("usage", "the message is more than one word, and has no quotes", {
      hint: `with quotes: fleet prompt ${shellWord(first)} ${shellWord(operands.slice(1).join(" "))}`,
    });
  }
}

/** One name alone lacks its message; the last of several may be it. */
function messageHint(operands: readonly string[]): string {
  const words = operands.map(shellWord);
  return words.length === 1
    ? `to tell it something, run fleet prompt ${words[0]} TEXT`
    : `if that is the message, run fleet prompt ${words.slice(0, -1).join(" ")} -p ${words.at(-1)}`;
}

function report({ application }: Invocation, deliveries: readonly Delivery[]): CommandResult {
  const failures = deliveries.filter(isUndelivered);
  if (application.json) {
    application.answerJson(promptAnswer(deliveries));
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
