import * as z from "zod/mini";

export const input = z.strictObject({
  owner: z.string(),
  id: z.string(),
  lines: z.int().check(z.minimum(1), z.maximum(5000)),
});

/** What has left the screen at its top, oldest first, each line with its styles. */
export const answer = z.object({ lines: z.array(z.string().check(z.maxLength(100_000))).check(z.maxLength(10_000)) });

export type HostScrollbackInput = z.infer<typeof input>;
export type HostScrollbackAnswer = z.infer<typeof answer>;
