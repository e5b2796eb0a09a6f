import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, targets } from "./shared.ts";

export const input = z.strictObject({
  /** One that was killed is found by its branch, when it is the only one. */
  ...targets,
  lines: field("How many of the last lines.", z._default(z.int().check(z.nonnegative()), 200)),
  source: field(
    "said: what was said, or the screen where that is not known; transcript: only what was said; screen: only the screen.",
    z._default(z.enum(["said", "transcript", "screen"]), "said"),
  ),
});

const at = z.optional(z.string());

/** `error`: what stood in the way of an answer. `kind`: what a tool does that all agents have, each under another name. */
const part = z.union([
  z.strictObject({ at, by: z.enum(["user", "agent", "error"]), text: z.string() }),
  z.strictObject({
    at,
    by: z.literal("tool"),
    tool: z.string(),
    kind: z.optional(z.enum(["run", "edit", "write", "read", "search", "find"])),
    argument: z.string(),
  }),
]);

/** `conversation` is there when the lines are of it. `complete`: nothing more will come. */
export const answer = z.strictObject({
  agents: z.array(
    z.extend(agentEntry, {
      lines: z.array(z.string()),
      conversation: z.optional(z.array(part)),
      complete: z.boolean(),
      refused: z.optional(z.array(z.string())),
    }),
  ),
});

export type LogsInput = z.infer<typeof input>;
export type LogsAnswer = z.infer<typeof answer>;
