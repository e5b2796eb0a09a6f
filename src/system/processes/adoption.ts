import type { Environment } from "../environment.ts";
import { run } from "../exec.ts";
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

/** How long a program that does nothing may take. */
const patienceMilliseconds = 10_000;

/** What the program says that is there to do the call with and does not run; `undefined` when it does, and where there is none. */
export async function adopterFailure(environment: Environment): Promise<string | undefined> {
  if (!adoptsOrphans()) return undefined;
  const options = { environment, directory: "/", timeoutMilliseconds: patienceMilliseconds };
  const { exitCode, timedOut, stderr } = await run([adopter, "-e", "1"], options);
  if (exitCode === 0) return undefined;
  return timedOut ? "it does not end" : stderr.trim().split("\n")[0] || `exit code ${exitCode}`;
}
