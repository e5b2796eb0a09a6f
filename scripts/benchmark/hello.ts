import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Place } from "./place.ts";

/** The smallest program that Bun compiles, with the options of scripts/build.ts. */
export async function compileHello(place: Place): Promise<string> {
  const source = join(place.root, "hello.ts");
  const outfile = join(place.root, "hello");
  writeFileSync(source, 'console.log("hello");\n');
  await Bun.build({
    entrypoints: [source],
    target: "bun",
    format: "esm",
    splitting: true,
    minify: true,
    bytecode: true,
    compile: { outfile, autoloadDotenv: false, autoloadBunfig: false, execArgv: ["--"] },
  });
  return outfile;
}
