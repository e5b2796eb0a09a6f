import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dir, "../../..");

test("every attack in the list is tried by the test that it names", () => {
  const list = readFileSync(join(root, "src/server/ATTACKS.md"), "utf8");
  const named = [...list.matchAll(/^\|.*\| ([^|]*) \|$/gm)]
    .map(([, title = ""]) => title.trim())
    .filter((title) => title !== "" && title !== "test" && title !== "---");
  expect(named.length).toBeGreaterThan(30);
  const titles = [...new Bun.Glob("test/**/*.test.ts").scanSync(root)].flatMap((path) =>
    [...readFileSync(join(root, path), "utf8").matchAll(/^test\("([^"]+)"/gm)].map(([, title = ""]) => title),
  );
  expect(named.filter((words) => !titles.some((title) => title.startsWith(words)))).toEqual([]);
});
