import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dir, "../..");

/** A build of another commit, in a clone of its own that is gone when it is disposed of. */
export interface PreviousBuild extends Disposable {
  readonly fleet: string;
  /** A copy of the program that it is compared with, on the same file system: how fast a program is loaded depends on that. */
  readonly other: string;
}

/** Builds the program of a commit, beside another program. Throws with what git or the build says when that does not work. */
export function buildOf(ref: string, program: string): PreviousBuild {
  const clone = mkdtempSync(join(tmpdir(), "ai-fleet-before."));
  const remove = () => rmSync(clone, { recursive: true, force: true });
  try {
    run(["git", "clone", "--quiet", "--shared", "--no-checkout", root, clone], root);
    run(
      ["git", "checkout", "--quiet", "--detach", run(["git", "rev-parse", "--verify", `${ref}^{commit}`], root)],
      clone,
    );
    // Bun is the same for both, and large.
    mkdirSync(join(clone, ".tools"));
    for (const name of readdirSync(join(root, ".tools")))
      symlinkSync(join(root, ".tools", name), join(clone, ".tools", name));
    run(["scripts/setup"], clone);
    run(["scripts/bun", "run", "--silent", "build"], clone);
    const other = join(clone, "dist/other");
    copyFileSync(program, other);
    return { fleet: join(clone, "dist/fleet"), other, [Symbol.dispose]: remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function run(argv: readonly string[], directory: string): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...argv], { cwd: directory });
  if (exitCode !== 0) throw new Error(`${argv.join(" ")}: exit code ${exitCode}\n${stderr}`);
  return stdout.toString().trim();
}
