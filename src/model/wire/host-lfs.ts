import * as z from "zod/mini";

const oid = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const key = z.string();
/** Bytes, in base64. */
const content = z.string();

/** Which of these files of Git LFS the mirror of a repository does not have. */
export const expect = {
  input: z.strictObject({ key, oids: z.array(oid) }),
  answer: z.strictObject({
    missing: z.array(oid),
    /** Git here puts such files in the place of their pointers. */
    installed: z.boolean(),
  }),
};

/** A piece of one for the mirror: the first is at offset 0, and they come in their order. */
export const put = {
  input: z.strictObject({
    key,
    owner: z.string().check(z.regex(/^[0-9a-f-]{36}$/)),
    oid,
    bytes: z.int(),
    offset: z.int(),
    content,
  }),
  /** False when what arrived is not that file: nothing of it stays. */
  answer: z.strictObject({ fine: z.boolean() }),
};

/** A piece of one from the mirror, from an offset on: empty after its end, null when it is not there. */
export const get = {
  input: z.strictObject({ key, oid, offset: z.int().check(z.minimum(0)) }),
  answer: z.strictObject({ content: z.nullable(content) }),
};

export type HostLfsExpectInput = z.infer<typeof expect.input>;
export type HostLfsExpectAnswer = z.infer<typeof expect.answer>;
export type HostLfsPutInput = z.infer<typeof put.input>;
export type HostLfsPutAnswer = z.infer<typeof put.answer>;
export type HostLfsGetInput = z.infer<typeof get.input>;
export type HostLfsGetAnswer = z.infer<typeof get.answer>;
