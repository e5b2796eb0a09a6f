import { expect, test } from "bun:test";
import { chmodSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newerProgram } from "../../../src/server/newer.ts";
import { temporaryFolder } from "../../helpers/folder.ts";

/** Puts a program into place, as an upgrade does. */
function install(path: string, script: string): void {
  writeFileSync(`${path}.new`, `#!/bin/sh\n${script}\n`);
  chmodSync(`${path}.new`, 0o755);
  renameSync(`${path}.new`, path);
}

test("another program in the place of ours is noticed, and what has no version is not", async () => {
  const path = join(temporaryFolder(), "fleet");
  install(path, "echo fleet 1.0.0");
  expect(await newerProgram(path, "1.0.0")).toBeNull();
  install(path, "echo fleet 1.1.0");
  expect([await newerProgram(path, "1.0.0"), await newerProgram(path, "1.0.0")]).toEqual(["1.1.0", "1.1.0"]);
  install(path, "exit 3");
  expect(await newerProgram(path, "1.0.0")).toBeNull();
  install(path, "echo fleet 1.0.0");
  expect(await newerProgram(path, "1.0.0")).toBeNull();
});
