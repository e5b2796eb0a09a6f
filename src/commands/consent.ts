import { FleetError } from "../errors.ts";
import { acceptBrought, type Brought, ConsentRequired, changesOf } from "../fleet/consent.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { askOrQuick, canAsk } from "../output/question.ts";
import { counted, quoted } from "../output/text.ts";
import { terminalColumns } from "../system/terminal.ts";
import type { Application } from "./application.ts";

/** What the user said to what a repository brings, by its root, so that one command does not ask twice. */
export type Answers = Map<string, "no" | "quick">;

/**
 * Does what makes agents, asking on a terminal when the user has yet to accept what the repository brings: with it, not at all, or
 * without it (`quick`). Throws FleetError `failed` when they decline, and without a terminal what `attempt` throws.
 */
export async function withConsent<Result>(
  application: Application,
  fleet: Fleet,
  attempt: (quick: boolean) => Promise<Result>,
  answers: Answers = new Map(),
): Promise<Result> {
  for (;;) {
    try {
      return await attempt(false);
    } catch (error) {
      if (!(error instanceof ConsentRequired) || application.json || !canAsk()) throw error;
      const answer = await consentTo(application, fleet, error.brought, answers);
      if (answer === "quick") return attempt(true);
    }
  }
}

/** Shows users what they are asked to accept: all of it, or what has changed since they last did. */
export async function showBrought(application: Application, fleet: Fleet, brought: Brought): Promise<void> {
  const { file } = brought;
  const changes = await changesOf(fleet, brought);
  const columns = terminalColumns() ?? 80;
  const isChange = changes !== undefined && changes !== "";
  const title = isChange ? "has changed since you accepted it" : "is how this repository wants its agents to be set up";
  // In one piece: of lines that are alike, the narration would leave some out.
  application.narration.note(
    [
      `${file.path} ${title}:`,
      quoted(isChange ? changes : file.text, columns),
      `That is all${isChange ? " that has changed" : ""}: ${counted(lineCount(isChange ? changes : file.text), "line")}. SHA-256 of the file: ${file.hash}`,
    ].join("\n"),
  );
}

const question = "Run with these settings? [y]es, [N]o, [q]uick (without them) ";

/** Asks, and remembers the answer. Throws when it is no. */
async function consentTo(
  application: Application,
  fleet: Fleet,
  brought: Brought,
  answers: Answers,
): Promise<"yes" | "quick"> {
  const known = answers.get(brought.root);
  if (known === undefined) await showBrought(application, fleet, brought);
  const answer = known ?? (await askOrQuick(question, application.cancelled));
  // What was shown is what is accepted; a file that changed meanwhile is asked about again.
  if (answer === "yes") acceptBrought(fleet, brought);
  else answers.set(brought.root, answer);
  if (answer !== "no") return answer;
  throw new FleetError("failed", "nothing was done", {
    hint: "to go on without these settings, add --quick; to accept them after all, run fleet config trust",
  });
}

function lineCount(text: string): number {
  return text.replace(/\n$/, "").split("\n").length;
}
