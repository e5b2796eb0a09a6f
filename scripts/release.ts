/** Builds all that a release consists of in `dist/release/`: `scripts/release [--verify] [--fast]`, from a clean checkout. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { renderManual } from "../src/cli/manual.ts";
import { layOut, pack } from "./building/archive.ts";
import { billOfMaterials } from "./building/bill-of-materials.ts";
import { debianPackage } from "./building/debian.ts";
import { compileExecutable, dayOf, type Origin, root, type Target, targets } from "./building/executable.ts";
import { assertBuiltFor } from "./building/format.ts";
import { formula, type Sums } from "./building/formula.ts";
import { capture } from "./building/process.ts";
import { runtimeOf } from "./building/runtimes.ts";
import { verify } from "./building/verify.ts";

const output = join(root, "dist", "release");

await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<void> {
  const origin = await cleanCommit();
  const seconds = Date.parse(origin.date) / 1000;
  const staging = `${output}.${process.pid}`;
  const packing = { seconds, output: staging, effort: words.includes("--fast") ? "fastest" : "smallest" } as const;
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  try {
    const manual = await renderManual(dayOf(origin));
    for (const target of targets) {
      const name = `fleet-${platformOf(target)}`;
      const executable = join(staging, "fleet");
      await compileExecutable({ target, outfile: executable, origin, runtime: await runtimeOf(target) });
      await assertBuiltFor(executable, target, origin);
      const folder = join(staging, `fleet-${packageJson.version}-${platformOf(target)}`);
      layOut(folder, executable, manual);
      await pack(folder, name, packing);
      if (target === "bun-linux-x64-baseline") await debianPackage(folder, "amd64", packing);
      if (target === "bun-linux-arm64") await debianPackage(folder, "arm64", packing);
      rmSync(folder, { recursive: true });
      console.error(`made ${name}`);
    }
    writeFileSync(join(staging, "install.sh"), readFileSync(join(root, "scripts/install.sh")));
    writeFileSync(join(staging, "ai-fleet.cdx.json"), await billOfMaterials(new Date(origin.date)));
    writeFileSync(join(staging, "ai-fleet.rb"), formula(sumsOf(staging)));
    const sums = Object.entries(sumsOf(staging)).map(([name, sum]) => `${sum}  ${name}\n`);
    writeFileSync(join(staging, "SHA256SUMS"), sums.join(""));
    rmSync(output, { recursive: true, force: true });
    renameSync(staging, output);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  const tried = words.includes("--verify") ? await verify(output) : {};
  for (const name of readdirSync(output).sort()) {
    const size = `${(statSync(join(output, name)).size / 1e6).toFixed(1)} MB`.padStart(9);
    console.log(`${size}  ${name.padEnd(32)}  ${tried[name] ?? ""}`.trimEnd());
  }
}

/** `linux-x64-musl` of `bun-linux-x64-baseline-musl`. */
function platformOf(target: Target): string {
  return target.replace("bun-", "").replace("-baseline", "");
}

/** The commit that is checked out. Throws when there is anything beside it: a release is what everybody can build again. */
async function cleanCommit(): Promise<Origin & { readonly commit: string; readonly date: string }> {
  const changes = await capture(["git", "status", "--porcelain"], { directory: root });
  if (changes !== "") throw new Error(`a release is made of a commit alone; this checkout has changes\n${changes}`);
  const [commit = "", seconds = ""] = (await capture(["git", "log", "-1", "--format=%H %ct"], { directory: root }))
    .trim()
    .split(" ");
  return { commit, date: new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z") };
}

function sumsOf(folder: string): Sums {
  const names = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(
    names
      .sort()
      .map((name) => [name, new Bun.CryptoHasher("sha256").update(readFileSync(join(folder, name))).digest("hex")]),
  );
}
