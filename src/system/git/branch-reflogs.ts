import { join } from "node:path";
import { isFile, readTextIfExists } from "../files.ts";

/** Where a branch was at a moment. */
export interface BranchTip {
  readonly object: string;
  readonly seconds: number;
}

/** Where branches were when they were last left for another, by their names, as the reflogs of HEADs in these directories of git say. */
export function tipsWhenLeft(admins: readonly string[]): Map<string, BranchTip> {
  const tips = new Map<string, BranchTip>();
  for (const admin of admins) {
    const log = readTextIfExists(join(admin, "logs", "HEAD")) ?? "";
    const leavings = log.matchAll(/^([0-9a-f]+) .*> (\d+) [+-]\d{4}\tcheckout: moving from (\S+) to \S+$/gm);
    for (const [, object = "", time, name = ""] of leavings) {
      const seconds = Number(time);
      if (seconds >= (tips.get(name)?.seconds ?? 0)) tips.set(name, { object, seconds });
    }
  }
  return tips;
}

/** The reflog of a branch; `undefined` where git keeps none. */
export function branchReflog(commonDirectory: string, branch: string): string | undefined {
  const path = join(commonDirectory, "logs", "refs", "heads", branch);
  return isFile(path) ? readTextIfExists(path) : undefined;
}

/** Whether this is the reflog of a branch that had another name when it was at an object: it took its reflog along. */
export function wasCalled(reflog: string, name: string, object: string): boolean {
  return formerNames(reflog).includes(name) && reflog.includes(object);
}

/** What a branch was called before, as its reflog says. */
export function formerNames(reflog: string): string[] {
  const renamings = reflog.matchAll(/\tBranch: renamed refs\/heads\/(\S+) to refs\/heads\/\S+$/gm);
  return [...renamings].map(([, name = ""]) => name);
}
