import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const transpiler = new Bun.Transpiler({ loader: "ts" });

/** The files and packages that are loaded with a file, as far as its imports are not deferred. */
function loadedWith(file: string, loaded = new Set<string>()): ReadonlySet<string> {
  loaded.add(file);
  for (const { kind, path } of transpiler.scanImports(readFileSync(file, "utf8"))) {
    if (kind !== "import-statement") continue;
    if (!path.startsWith(".")) loaded.add(path);
    else if (!loaded.has(join(dirname(file), path))) loadedWith(join(dirname(file), path), loaded);
  }
  return loaded;
}

test("a configuration that is right is loaded without zod and without the words for mistakes", () => {
  const loaded = [...loadedWith(join(import.meta.dir, "../../../src/config/load.ts"))];
  expect(loaded).toContain("smol-toml");
  expect(loaded.filter((path) => path.startsWith("zod"))).toEqual([]);
  expect(
    loaded.map((path) => basename(path)).filter((name) => /^(?:validate|schema|template)\.ts$/.test(name)),
  ).toEqual([]);
});
