import * as z from "zod/mini";
import { outcomes, targets } from "./shared.ts";

export const input = z.strictObject(targets);

export const answer = outcomes(["interrupted", "idle", "failed"]);

export type InterruptInput = z.infer<typeof input>;
export type InterruptAnswer = z.infer<typeof answer>;
