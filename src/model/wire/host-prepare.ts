import * as z from "zod/mini";

export const input = z.strictObject({
  key: z.string(),
  /** Who commits, where git on this machine has not been told. */
  committer: z.optional(z.strictObject({ name: z.string(), email: z.string() })),
});

/** The mirror of the repository, to push to. */
export const answer = z.strictObject({ mirror: z.string() });

export type HostPrepareInput = z.infer<typeof input>;
export type HostPrepareAnswer = z.infer<typeof answer>;
