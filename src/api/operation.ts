import type * as z from "zod/mini";
import type { Fleet } from "../fleet/fleet.ts";

/** Something that is told to the caller while an operation runs. */
export type Tell = (event: Readonly<Record<string, unknown>>) => void;

interface Shapes<Input extends z.ZodMiniType, Answer extends z.ZodMiniType> {
  readonly input: Input;
  readonly answer: Answer;
}

interface Row<Input extends z.ZodMiniType, Answer extends z.ZodMiniType> {
  /** In the imperative; lower case, no full stop. */
  readonly summary: string;
  /** It changes something: a call names its operation, so that a repeated call does nothing a second time. */
  readonly changes: boolean;
  /** It may take for ever, at no cost: it is in no other call's way. */
  readonly waits?: true;
  /** Done twice it comes to the same: it is done also where the disk has no room to note that it was. */
  readonly repeatable?: true;
  readonly shapes: () => Promise<Shapes<Input, Answer>>;
  readonly load: () => Promise<(fleet: Fleet, input: z.infer<Input>, tell: Tell) => Promise<z.infer<Answer>>>;
}

/** An operation as the door calls it: the input has been read with its shape. */
export interface Operation {
  readonly summary: string;
  readonly changes: boolean;
  readonly waits: boolean;
  readonly repeatable: boolean;
  readonly shapes: () => Promise<Shapes<z.ZodMiniType, z.ZodMiniType>>;
  readonly run: (fleet: Fleet, input: unknown, tell: Tell) => Promise<unknown>;
}

/** A row of the table, with the types of its shapes checked against what it runs. */
export function operation<Input extends z.ZodMiniType, Answer extends z.ZodMiniType>(
  row: Row<Input, Answer>,
): Operation {
  const { summary, changes, waits = false, repeatable = false, shapes, load } = row;
  return {
    summary,
    changes,
    waits,
    repeatable,
    shapes,
    run: async (fleet, input, tell) => (await load())(fleet, input as z.infer<Input>, tell),
  };
}
