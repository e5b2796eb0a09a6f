import { isInside, readTextIfExists, realPath } from "./files.ts";

/**
 * What is mounted below a directory, as `/proc/self/mountinfo` of Linux tells (proc_pid_mountinfo(5): the fifth word is the mount point,
 * with a space as `\\040`). Where there is no such file nothing is known, and nothing is said.
 */
export function mountsBelow(directory: string): string[] {
  const real = realPath(directory);
  const table = readTextIfExists("/proc/self/mountinfo");
  if (real === undefined || table === undefined) return [];
  return table
    .split("\n")
    .filter(Boolean)
    .map((line) =>
      (line.split(" ")[4] ?? "").replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
    )
    .filter((point) => point !== real && isInside(real, point));
}
