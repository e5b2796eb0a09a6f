import { oneLine } from "./text.ts";

/** What stands before the lines of one of several branches, all equally wide; nothing when there is only one. */
export function branchPrefix(branches: readonly string[]): (branch: string) => string {
  if (branches.length <= 1) return () => "";
  const width = Math.max(...branches.map((branch) => Bun.stringWidth(oneLine(branch))));
  return (branch) => `${oneLine(branch)}${" ".repeat(width - Bun.stringWidth(oneLine(branch)))} | `;
}
