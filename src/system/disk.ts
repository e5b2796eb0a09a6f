import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { shellWord } from "./shell.ts";

/** A file system, in bytes: how large it is, and how much of it this user may still fill. */
export interface Disk {
  readonly size: number;
  readonly free: number;
}

/** The file system that a path is on, or would be once it is made; `undefined` where it cannot be asked. */
export function diskOf(path: string): Disk | undefined {
  try {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { size: blocks * bsize, free: bavail * bsize };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" && dirname(path) !== path ? diskOf(dirname(path)) : undefined;
  }
}

/** Whether two paths are on one file system, or would be once they are made, so that a rename may lead from one to the other. */
export function areOnOneDisk(one: string, other: string): boolean {
  return deviceOf(one) === deviceOf(other);
}

function deviceOf(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined && dirname(path) !== path ? deviceOf(dirname(path)) : (stat?.dev ?? -1);
}

/** Less than a twentieth and less than 10 GB are free. Pure. */
export function isNearlyFull({ size, free }: Disk): boolean {
  return free < size / 20 && free < 10e9;
}

/** The command that shows why nothing more fits beside a path: how much there is, or, where there is room for more, how many files. */
export function fullnessCommand(directory: string): string {
  return `df ${areFilesUsedUp(directory) ? "-i" : "-h"} ${shellWord(directory)}`;
}

/** Some file systems have no limit, and say that they have no file at all. */
function areFilesUsedUp(directory: string): boolean {
  try {
    const { files, ffree, bavail } = statfsSync(directory);
    return files > 0 && ffree === 0 && bavail > 0;
  } catch {
    return false;
  }
}
