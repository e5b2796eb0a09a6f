import { statfsSync } from "node:fs";
import { dirname } from "node:path";

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

/** Less than a twentieth and less than 10 GB are free. Pure. */
export function isNearlyFull({ size, free }: Disk): boolean {
  return free < size / 20 && free < 10e9;
}
