import * as z from "zod/mini";

/** What is typed into the terminal of an agent; `paste`: as one text that was pasted. */
export const input = z.strictObject({ owner: z.string(), id: z.string(), text: z.string(), paste: z.boolean() });

export const answer = z.object({});

export type HostTypeInput = z.infer<typeof input>;
export type HostTypeAnswer = z.infer<typeof answer>;
