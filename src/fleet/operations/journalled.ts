import { FleetError } from "../../errors.ts";
import { endOperation, type Operation } from "../../state/journal.ts";
import { type Fleet, statePlaces } from "../fleet.ts";

/** What the body of an operation may say of its plan. */
export interface InJournal {
  /** Something is there that could neither be finished nor taken back: the plan stays, and the next command tries again. */
  leave(): void;
}

interface Scope<Value> {
  readonly body: (plan: InJournal) => Promise<Value>;
  /** Takes back what a body that failed has done. Without it what was begun is only ever finished. */
  readonly takeBack?: () => Promise<void>;
}

/**
 * Runs an operation whose plan was written down before its first step. The plan goes when all is done, and when what had failed was taken
 * back. It stays when that fails, too, or nothing takes it back: the next command settles it as that of a `fleet` that has died. Throws what
 * the body throws.
 */
export async function journalled<Value>(
  fleet: Fleet,
  { id, kind }: Pick<Operation, "id" | "kind">,
  { body, takeBack }: Scope<Value>,
): Promise<Value> {
  let isLeft = false;
  const plan: InJournal = {
    leave: () => {
      isLeft = true;
    },
  };
  const end = () => {
    if (!isLeft) endOperation(statePlaces(fleet), id);
  };
  try {
    const value = await body(plan);
    end();
    return value;
  } catch (error) {
    if (takeBack !== undefined && (await isTakenBack(fleet, kind, takeBack))) end();
    throw error;
  }
}

/** Why it cannot be taken back is said beside the error that the command ends with. */
async function isTakenBack(fleet: Fleet, kind: Operation["kind"], takeBack: () => Promise<void>): Promise<boolean> {
  try {
    await takeBack();
    return true;
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    fleet.report({
      kind: "warning",
      text: `the ${kind} could not be taken back (${error.message}); the next command tries again`,
    });
    return false;
  }
}
