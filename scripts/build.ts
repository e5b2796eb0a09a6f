/** Compiles `dist/fleet` and its second name `dist/flt`: `bun run build [TARGET]`, by default for this machine. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { compileExecutable, hostTarget, root, type Target, targets } from "./building/executable.ts";

await main(process.argv[2] ?? hostTarget());

async function main(wanted: string): Promise<void> {
  const target = targets.find((known) => known === wanted);
  if (target === undefined) throw new Error(`unknown target ${wanted}; known are ${targets.join(", ")}`);

  const folder = target === hostTarget() ? join(root, "dist") : join(root, "dist", target);
  const executable = join(folder, "fleet");
  const name = relative(root, executable);
  const stamp = join(folder, ".inputs");
  const inputs = hashOfInputs(target);
  if (existsSync(executable) && existsSync(stamp) && readFileSync(stamp, "utf8") === inputs) {
    console.log(`${name} is up to date`);
    return;
  }

  const staging = join(folder, `.build-${process.pid}`);
  mkdirSync(staging, { recursive: true });
  try {
    await compileExecutable({ target, outfile: join(staging, "fleet"), origin: { commit: null, date: null } });
    if (target === hostTarget()) assertRuns(join(staging, "fleet"));
    symlinkSync("fleet", join(staging, "flt"));
    replaceContents(folder, staging);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  writeFileSync(stamp, inputs);
  console.log(`${name} ${packageJson.version}, ${Math.round(statSync(executable).size / 1e6)} MB, ${target}`);
}

/** What the executable is made of; the same hash means the same bytes. */
function hashOfInputs(target: Target): string {
  const hash = new Bun.CryptoHasher("sha256").update(`${Bun.version} ${target}\n`);
  const sources = [...new Bun.Glob("src/**").scanSync({ cwd: root })].sort();
  for (const path of [
    ...sources,
    "package.json",
    "bun.lock",
    "scripts/install.sh",
    "scripts/build.ts",
    "scripts/building/executable.ts",
    "scripts/building/page.ts",
  ]) {
    hash.update(`${path}\n`).update(readFileSync(join(root, path)));
  }
  return hash.digest("hex");
}

/** Bun may report success for an executable that dies at its first line. */
function assertRuns(executable: string): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync([executable, "--version"], { env: {} });
  if (exitCode === 0 && stdout.toString().includes(packageJson.version)) return;
  throw new Error(`the new executable does not print its version: exit code ${exitCode}\n${stdout}${stderr}`);
}

/** Files are renamed into place, so that an executable that is running or being started is never half written. */
function replaceContents(folder: string, staging: string): void {
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".map")) rmSync(join(folder, name));
  }
  for (const name of readdirSync(staging)) renameSync(join(staging, name), join(folder, name));
}
