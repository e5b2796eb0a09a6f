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
import { join, relative, resolve } from "node:path";
import packageJson from "../package.json" with { type: "json" };

const root = resolve(import.meta.dir, "..");

/** Every x64 build is a baseline build: it starts as fast, and runs on machines without AVX2. */
const targets = [
  "bun-linux-x64-baseline",
  "bun-linux-arm64",
  "bun-linux-x64-baseline-musl",
  "bun-linux-arm64-musl",
  "bun-darwin-x64-baseline",
  "bun-darwin-arm64",
] as const satisfies Bun.Build.CompileTarget[];

type Target = (typeof targets)[number];

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
    await compile(target, join(staging, "fleet"));
    if (target === hostTarget()) assertRuns(join(staging, "fleet"));
    symlinkSync("fleet", join(staging, "flt"));
    replaceContents(folder, staging);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  writeFileSync(stamp, inputs);
  console.log(`${name} ${packageJson.version}, ${Math.round(statSync(executable).size / 1e6)} MB, ${target}`);
}

function hostTarget(): string {
  const baseline = process.arch === "x64" ? "-baseline" : "";
  const libc = existsSync("/etc/alpine-release") ? "-musl" : "";
  return `bun-${process.platform}-${process.arch}${baseline}${libc}`;
}

/** What the executable is made of; the same hash means the same bytes. */
function hashOfInputs(target: Target): string {
  const hash = new Bun.CryptoHasher("sha256").update(`${Bun.version} ${target}\n`);
  const sources = [...new Bun.Glob("src/**").scanSync({ cwd: root })].sort();
  for (const path of [...sources, "package.json", "bun.lock", "scripts/build.ts"]) {
    hash.update(`${path}\n`).update(readFileSync(join(root, path)));
  }
  return hash.digest("hex");
}

async function compile(target: Target, outfile: string): Promise<void> {
  // Here and not at the top: it loads every command, which a build without work need not wait for.
  const { renderManual } = await import("../src/cli/manual.ts");
  await Bun.build({
    entrypoints: [join(root, "src/main.ts")],
    target: "bun",
    format: "esm",
    splitting: true,
    minify: true,
    bytecode: true,
    sourcemap: "external",
    define: {
      "process.env.NODE_ENV": JSON.stringify("production"),
      FLEET_VERSION: JSON.stringify(packageJson.version),
      PREPARED_MANUAL: JSON.stringify(await renderManual()),
    },
    compile: {
      target,
      outfile,
      // Nothing of the folder that fleet is run in, and nothing of BUN_OPTIONS, may run inside it.
      autoloadDotenv: false,
      autoloadBunfig: false,
      execArgv: ["--"],
    },
  });
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
