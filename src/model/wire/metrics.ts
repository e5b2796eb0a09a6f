import * as z from "zod/mini";

export const input = z.strictObject({});

/** In the text format of Prometheus. */
export const answer = z.strictObject({ metrics: z.string() });

export type MetricsAnswer = z.infer<typeof answer>;
