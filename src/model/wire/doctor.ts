import * as z from "zod/mini";

export const input = z.strictObject({});

export const answer = z.strictObject({
  checks: z.array(
    z.strictObject({
      subject: z.string(),
      verdict: z.enum(["fine", "advice", "trouble"]),
      finding: z.string(),
      remedy: z.nullable(z.string()),
    }),
  ),
});

export type DoctorInput = z.infer<typeof input>;
export type DoctorAnswer = z.infer<typeof answer>;
