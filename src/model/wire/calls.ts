import * as z from "zod/mini";

/** A name that the caller chooses, for an operation that changes something. */
export const operationId = z.string().check(z.regex(/^[0-9A-Za-z][0-9A-Za-z_.-]{7,63}$/));

const id = z.union([z.string(), z.number()]);

/** One line of a caller: a call, or a question about an earlier one. */
export const request = z.union([
  z.strictObject({
    id,
    call: z.string(),
    input: z._default(z.record(z.string(), z.unknown()), {}),
    operation: z.optional(operationId),
    /** As with `-C`: where the user is. */
    directory: z.optional(z.string().check(z.startsWith("/"))),
  }),
  z.strictObject({ id, cancel: z.string() }),
  z.strictObject({ id, result: z.string() }),
  z.strictObject({
    id,
    hello: z.strictObject({
      api: z.int(),
      /** With the last line of the caller, calls that change nothing end: nobody is there any more to hear the answers. */
      stays: z.optional(z.boolean()),
    }),
  }),
]);

export type Request = z.infer<typeof request>;
