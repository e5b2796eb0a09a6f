import installer from "../../../scripts/install.sh" with { type: "text" };
import { type FailureKind, FleetError } from "../../errors.ts";
import type { Environment } from "../../system/environment.ts";
import { run } from "../../system/exec.ts";

interface Surroundings {
  /** Where releases are taken from, unless `FLEET_ADDRESS` names another place. */
  readonly address: string;
  readonly environment: Environment;
  readonly cancelled: AbortSignal;
}

/**
 * Runs the installer that is built in; what it said, a line each. It checks what it downloads, and what fails leaves everything as it was.
 * @throws {FleetError} in the installer's words: `failed`, `usage`, or `missing-tool` when what it needs is not there
 */
export async function runInstaller(
  words: readonly string[],
  { address, environment, cancelled }: Surroundings,
): Promise<readonly string[]> {
  const { exitCode, stderr } = await run(["sh", "-c", installer, "install.sh", ...words], {
    environment: { ...environment, FLEET_ADDRESS: environment.FLEET_ADDRESS ?? address },
    directory: "/",
    cancelled,
  });
  cancelled.throwIfAborted();
  const said = stderr.split("\n").filter((line) => line !== "");
  if (exitCode === 0) return said;
  const [first = "the installer failed", ...rest] = said.slice(-2);
  throw new FleetError(kinds[exitCode] ?? "failed", first.replace(/^install: /, ""), {
    hint: rest[0]?.trim() ?? `see ${address}/releases`,
  });
}

/** The installer's exit codes that are not a plain failure; they are those of fleet. */
const kinds: Readonly<Record<number, FailureKind>> = { 2: "usage", 3: "missing-tool" };
