import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { shellWord } from "../../../system/shell.ts";
import type { Fleet } from "../../fleet.ts";
import { deliverPrompt, untilReady } from "../../talk/deliver.ts";
import { observeAgent } from "../../watch/observe.ts";
import { waitForAgents } from "../../watch/wait.ts";
import type { MergeConflict } from "./conflict.ts";
import { type MergeOptions, mergeCommand } from "./options.ts";

/** How long an agent may take to start. */
const startMilliseconds = 60_000;

/** How long an agent may take to resolve a conflict; for ever when it is absent. */
export interface Patience {
  readonly timeoutMilliseconds?: number | undefined;
}

/**
 * Sends an agent the conflict that its work has, and waits until it is done. Whether the conflict is gone then is for the next merge to
 * see, with the options. Throws FleetError: `failed` when the agent cannot take a prompt or comes to another halt, `timeout` when the time is over.
 */
export async function resolveByAgent(
  fleet: Fleet,
  entry: AgentEntry,
  conflict: MergeConflict,
  { patience: { timeoutMilliseconds }, options }: { readonly patience: Patience; readonly options: MergeOptions },
): Promise<void> {
  const { branch } = entry;
  // One that has just been brought back is about to be ready.
  const { status } = await observeAgent(fleet, entry);
  if (status.word === "setup" || status.word === "starting") await untilReady(fleet, entry, startMilliseconds);
  const delivery = await deliverPrompt(fleet, entry, { text: task(conflict), raw: false });
  if (delivery.outcome === "refused" || delivery.outcome === "failed") {
    throw new FleetError("failed", `${branch} cannot be asked to resolve its conflict (${delivery.why})`, {
      code: "merge-conflict",
      output: conflict.output ?? "",
      hint: `to see what it is at, run ${delivery.hint ?? `fleet attach ${shellWord(branch)}`}`,
    });
  }
  fleet.report({ kind: "note", text: `${branch} resolves its conflict with ${conflict.target}` });
  const { halts, pending } = await waitForAgents(fleet, [entry], {
    any: false,
    timeoutMilliseconds,
    onChange: () => undefined,
  });
  const again = `to go on when it is done, run ${mergeCommand([branch], options)}`;
  if (pending.length > 0) {
    throw new FleetError("timeout", `${branch} has not resolved its conflict in time; nothing was merged`, {
      hint: again,
    });
  }
  const [halt] = halts;
  if (halt?.well === true) return;
  const why = [halt?.status.word, halt?.status.reason].filter(Boolean).join(" ");
  throw new FleetError("failed", `${branch} did not come to an end of its conflict: ${why}`, { hint: again });
}

function task({ target, files }: MergeConflict): string {
  const names = files.map((file) => `- ${file}`).join("\n");
  return (
    `The branch ${target} has changed since you began, and your work conflicts with it. ` +
    `Merge ${target} into your branch (git merge ${shellWord(target)}), and resolve the conflicts so that what both sides want is kept. ` +
    `Then see that the tests pass, and commit. Change nothing on ${target} itself.\n\nFiles in conflict:\n${names}\n`
  );
}
