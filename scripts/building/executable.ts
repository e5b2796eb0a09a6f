import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import type { Build } from "../../src/system/build.ts";
import { packagesIn } from "./bundled.ts";
import { bundlePage } from "./page.ts";

export const root = resolve(import.meta.dir, "../..");

/** Every x64 build is a baseline build: it starts as fast, and runs on machines without AVX2. */
export const targets = [
  "bun-linux-x64-baseline",
  "bun-linux-arm64",
  "bun-linux-x64-baseline-musl",
  "bun-linux-arm64-musl",
  "bun-darwin-x64-baseline",
  "bun-darwin-arm64",
] as const satisfies Bun.Build.CompileTarget[];

export type Target = (typeof targets)[number];

/** The target that runs on this machine. */
export function hostTarget(): Target {
  const baseline = process.arch === "x64" ? "-baseline" : "";
  const libc = existsSync("/etc/alpine-release") ? "-musl" : "";
  const target = `bun-${process.platform}-${process.arch}${baseline}${libc}`;
  const known = targets.find((each) => each === target);
  if (known === undefined) throw new Error(`there is no target ${target}; known are ${targets.join(", ")}`);
  return known;
}

/** The commit that a release is made from. */
export type Origin = Pick<Build, "commit" | "date">;

export interface Compilation {
  readonly target: Target;
  readonly outfile: string;
  readonly origin: Origin;
  /** The Bun of the target, where it is not to be fetched by Bun itself. */
  readonly runtime?: string;
}

/** The day that the manual pages bear: `2026-11-28`; none where the date is not known. */
export function dayOf({ date }: Origin): string | undefined {
  return date?.slice(0, 10);
}

/** What the executable for a target says about itself. */
export function buildOf(target: Target, { commit, date }: Origin): Build {
  return { version: packageJson.version, commit, date, target, address: packageJson.homepage };
}

const program = join(root, "src/main.ts");

/**
 * What a package brings along and fleet never runs: what the tools of `fleet mcp` would check answers of people with, if they asked any.
 * It is the two hundredth part of a download.
 */
const withoutUnused: Bun.BunPlugin = {
  name: "without what is never run",
  setup(build) {
    build.onLoad({ filter: /\/@modelcontextprotocol\/sdk\/dist\/esm\/validation\/ajv-provider\.js$/ }, () => ({
      contents: "export class AjvJsonSchemaValidator {}",
      loader: "js",
    }));
  },
};

const bundling = {
  target: "bun",
  format: "esm",
  splitting: true,
  minify: true,
  plugins: [withoutUnused],
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
} satisfies Partial<Bun.BuildConfig>;

/** The folders of the packages that the program itself has code of. */
export async function packagesOfProgram(): Promise<string[]> {
  const { metafile } = await Bun.build({ ...bundling, entrypoints: [program], metafile: true });
  return packagesIn(metafile);
}

/** Compiles the program to one executable; one that is of no release gets its source map beside it. The same sources and options give the same bytes. */
export async function compileExecutable({ target, outfile, origin, runtime }: Compilation): Promise<void> {
  // Here and not at the top: it loads every command, which a build without work need not wait for.
  const { renderManual } = await import("../../src/cli/manual.ts");
  await Bun.build({
    ...bundling,
    entrypoints: [program],
    bytecode: true,
    // Bun puts a copy of the map into the executable too, where it is a twentieth of the download. Who reads a trace of a release builds its
    // commit again, which is the same code, and has its map.
    sourcemap: origin.commit === null ? "external" : "none",
    define: {
      ...bundling.define,
      FLEET_BUILD: JSON.stringify(buildOf(target, origin)),
      "globalThis.MANUAL_IS_PREPARED": "true",
      "globalThis.PREPARED_MANUAL": JSON.stringify(await renderManual(dayOf(origin))),
      "globalThis.PREPARED_PAGE": JSON.stringify(await bundlePage()),
    },
    compile: {
      target,
      outfile,
      ...(runtime === undefined ? {} : { executablePath: runtime }),
      // Nothing of the folder that fleet is run in, and nothing of BUN_OPTIONS, may run inside it.
      autoloadDotenv: false,
      autoloadBunfig: false,
      execArgv: ["--"],
      // A command lives for some ten milliseconds: what the JIT compiles in them is not run often enough to pay for it. Loops that
      // run long are compiled all the same. 10 changes nothing, 100 saves a quarter of a list.
      jitPolicy: 100,
    },
  });
}
