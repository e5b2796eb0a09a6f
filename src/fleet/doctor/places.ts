import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { diskOf, isNearlyFull } from "../../system/disk.ts";
import { exists, isInside } from "../../system/files.ts";
import { shellWord } from "../../system/shell.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import type { Examination } from "./examination.ts";

/** The directories that everything is kept in, those alone that cannot be written or whose disk is nearly full. */
export function examinePlaces(fleet: Fleet): Examination[] {
  const { stateFile, agentsRoot, worktreeRoot } = statePlaces(fleet);
  const home = nearest(dirname(stateFile));
  const others = [agentsRoot, worktreeRoot].map(nearest).filter((place) => !isInside(home, place));
  return [...new Set([home, ...others])].flatMap((place) => unwritable(place) ?? nearlyFull(place) ?? []);
}

/** What is not there yet is made where its nearest directory is. */
function nearest(path: string): string {
  return exists(path) || dirname(path) === path ? path : nearest(dirname(path));
}

function unwritable(place: string): Examination | undefined {
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const isReadOnly = (error as NodeJS.ErrnoException).code === "EROFS";
    const finding = `${place} cannot be written: ${isReadOnly ? "its disk is mounted read-only" : "permission denied"}`;
    const look = isReadOnly ? "how it is mounted, run df" : "who may write there, run ls -ld";
    const remedy = `looking works, and nothing else; to see ${look} ${shellWord(place)}`;
    return { subject: "disk", verdict: "trouble", finding, remedy };
  }
}

function nearlyFull(place: string): Examination | undefined {
  const disk = diskOf(place);
  if (disk === undefined || !isNearlyFull(disk)) return undefined;
  const megabytes = Math.floor(disk.free / 1e6);
  return {
    subject: "disk",
    verdict: "advice",
    finding: `the disk of ${place} is nearly full, ${megabytes} MB free`,
    remedy: "to see what can go, run fleet prune",
  };
}
