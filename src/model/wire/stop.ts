import * as z from "zod/mini";
import { outcomes, targets } from "./shared.ts";

export const input = z.strictObject(targets);

export const answer = outcomes(["stopped", "kept"]);

export type StopInput = z.infer<typeof input>;
export type StopAnswer = z.infer<typeof answer>;
