import type { PullRequest } from "../../../forges/forge.ts";
import type { Fleet } from "../../fleet.ts";
import type { Route } from "./route.ts";

/** What a pull request that is open may be. */
export type PullStage = "draft" | "ready";

interface Staged {
  readonly branch: string;
  readonly pull: PullRequest;
  /** It was opened now. */
  readonly isNew: boolean;
  /** `undefined` leaves it as it is. */
  readonly stage: PullStage | undefined;
}

/** Makes a pull request a draft, or ready for review, if that is asked for, and says so. Returns it as it is then. */
export async function bringToStage(
  fleet: Fleet,
  { located: { forge }, access, into }: Route,
  { branch, pull, isNew, stage }: Staged,
): Promise<PullRequest> {
  if (stage === undefined) return pull;
  const isThere = (pull.state === "draft") === (stage === "draft");
  const now = isThere ? pull : await forge.setDraft(access, into.path, pull, stage === "draft");
  const what = now.state === "draft" ? "a draft" : "ready for review";
  const text = `${branch}: ${forge.sign}${pull.number} is ${what} ${isThere ? "already" : "now"}`;
  if (!isThere || !isNew) fleet.report({ kind: "note", text });
  return now;
}
