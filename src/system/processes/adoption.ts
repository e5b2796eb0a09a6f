import { isExecutableFile } from "../files.ts";

/** The numbers that Linux gives prctl(2) in the calls of a 64-bit program (`asm/unistd_64.h`, `asm-generic/unistd.h`). */
const prctlNumbers: Readonly<Record<string, number>> = { x64: 157, arm64: 167 };

/** What the shell of a launcher does the call with: it cannot itself, and this one is there wherever the whole of git is. */
export const adopter = "/usr/bin/perl";

/** What a launcher is to be called with so that orphans among its descendants stay its own; nothing where the system has no such thing. */
export const adoption: readonly string[] = process.platform === "linux" ? numberOf(process.arch) : [];

function numberOf(architecture: string): readonly string[] {
  const number = prctlNumbers[architecture];
  return number === undefined ? [] : [String(number)];
}

/** Whether a process that left its agent, its session and its environment is still known for the agent's. */
export function adoptsOrphans(): boolean {
  return adoption.length > 0 && isExecutableFile(adopter);
}
