import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, failure, merged } from "./shared.ts";

export const input = z.strictObject({
  targets: field(
    "Branches of agents; else the last merge of the repository, whoever made it.",
    z._default(z.array(z.string()), []),
  ),
});

export const answer = z.strictObject({
  agents: z.array(z.extend(agentEntry, { undone: merged })),
  failures: z.array(failure),
});

export type UndoMergeInput = z.infer<typeof input>;
export type UndoMergeAnswer = z.infer<typeof answer>;
