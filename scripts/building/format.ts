import { readFileSync } from "node:fs";
import { buildOf, type Origin, type Target } from "./executable.ts";
import { capture } from "./process.ts";

const formats: Readonly<Record<Target, RegExp>> = {
  "bun-linux-x64-baseline": /ELF 64-bit.*x86-64.*ld-linux-x86-64/,
  "bun-linux-arm64": /ELF 64-bit.*aarch64.*ld-linux-aarch64/,
  "bun-linux-x64-baseline-musl": /ELF 64-bit.*x86-64.*ld-musl-x86_64/,
  "bun-linux-arm64-musl": /ELF 64-bit.*aarch64.*ld-musl-aarch64/,
  "bun-darwin-x64-baseline": /Mach-O 64-bit.*x86_64/,
  "bun-darwin-arm64": /Mach-O 64-bit.*arm64/,
};

/** Throws when the file is not a program for the target, or does not hold what it is to say of itself. */
export async function assertBuiltFor(executable: string, target: Target, origin: Origin): Promise<void> {
  const found = await capture(["file", "--brief", executable]);
  if (!formats[target].test(found)) throw new Error(`the executable for ${target} is ${found}`);
  const { version, commit } = buildOf(target, origin);
  const bytes = readFileSync(executable);
  for (const said of [version, commit ?? "", target]) {
    if (!bytes.includes(said)) throw new Error(`the executable for ${target} does not hold ${said}`);
  }
}
