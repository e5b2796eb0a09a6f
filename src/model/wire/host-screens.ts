import * as z from "zod/mini";

export const input = z.strictObject({
  owner: z.string(),
  /** Agents by their ids, and the mark of what is known of the screen of each; null when nothing is. */
  agents: z
    .array(z.strictObject({ id: z.string(), mark: z.nullable(z.string()) }))
    .check(z.minLength(1), z.maxLength(1000)),
});

const line = z.string().check(z.maxLength(100_000));
const cells = z.int().check(z.minimum(0), z.maximum(1000));

const screen = z.object({
  columns: cells,
  rows: cells,
  cursor: z.object({ column: z.int(), row: z.int(), visible: z.boolean() }),
  title: line,
  /** Each with its styles. */
  lines: z.array(line).check(z.maxLength(1000)),
});

/** Of an agent that has no terminal nothing is said; of one whose screen is as its mark says, no screen. */
export const answer = z.object({
  screens: z.array(z.object({ id: z.string(), mark: z.string(), screen: z.nullable(screen) })),
});

export type HostScreensInput = z.infer<typeof input>;
export type HostScreensAnswer = z.infer<typeof answer>;
