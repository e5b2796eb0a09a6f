import * as z from "zod/mini";

const id = z.string().check(z.minLength(1), z.maxLength(64));

/** What a client of the events may send. */
export const clientMessage = z.union([
  z.strictObject({
    type: z.literal("subscribe"),
    to: z.literal("agents"),
    /** What it had before its connection was lost: of which start of the server, and up to which `seq`. */
    instance: z.optional(z.string()),
    after: z.optional(z.int()),
  }),
  z.strictObject({ type: z.literal("unsubscribe"), to: z.literal("agents") }),
  z.strictObject({ type: z.enum(["subscribe", "unsubscribe"]), to: z.literal("terminal"), id }),
  /** Typed as it is; `paste`: as one text that was pasted. */
  z.strictObject({
    type: z.literal("input"),
    id,
    text: z.string().check(z.minLength(1), z.maxLength(65_536)),
    paste: z._default(z.boolean(), false),
  }),
  /** What has left the screen at its top. */
  z.strictObject({
    type: z.literal("scrollback"),
    id,
    lines: z._default(z.int().check(z.minimum(1), z.maximum(5000)), 1000),
  }),
]);

export type ClientMessage = z.infer<typeof clientMessage>;
