import * as z from "zod/mini";
import { failure, targets } from "./shared.ts";

/** Without any word: all agents of the repository. */
export const input = z.strictObject(targets);

const pair = z.strictObject({
  a: z.string(),
  b: z.string(),
  /** Files that both have changed, and those that would be in conflict. */
  shared: z.array(z.string()),
  conflicts: z.array(z.string()),
});

/** `order`: merged like this, none of them conflicts with those before; those in `left` do. */
export const answer = z.strictObject({
  repositories: z.array(
    z.strictObject({
      repo: z.nullable(z.string()),
      agents: z.array(z.string()),
      pairs: z.array(pair),
      order: z.array(z.string()),
      left: z.array(z.string()),
    }),
  ),
  failures: z.array(failure),
});

export type OverlapInput = z.infer<typeof input>;
export type OverlapAnswer = z.infer<typeof answer>;
