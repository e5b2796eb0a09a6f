import * as z from "zod/mini";
import { failure } from "./shared.ts";

export const input = z.strictObject({
  key: z.string(),
  owner: z.string(),
  /** The agents whose unsaved work is to be committed, by their ids. */
  ids: z.array(z.string()).check(z.minLength(1), z.maxLength(500)),
  message: z.string().check(z.minLength(1)),
});

/** Those that are no failures have everything on their branches. */
export const answer = z.strictObject({ failures: z.array(failure) });

export type HostCommitInput = z.infer<typeof input>;
export type HostCommitAnswer = z.infer<typeof answer>;
