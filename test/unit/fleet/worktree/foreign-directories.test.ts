import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { foreignDirectory } from "../../../../src/fleet/worktree/foreign-directories.ts";
import { temporaryFolder } from "../../../helpers/folder.ts";

const me = process.getuid?.() ?? 0;
/** To somebody else, all that we make is foreign. */
const somebody = me + 1;

test("a directory of another owner near the top is found, files and links are not", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  symlinkSync("/", join(folder, "link"));
  expect(foreignDirectory(folder, somebody)).toBeUndefined();
  mkdirSync(join(folder, "data/deep"), { recursive: true });
  expect(foreignDirectory(folder, somebody)).toBe(join(folder, "data"));
});

test("what is one's own is not foreign, and to the superuser nothing is", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "data/deep"), { recursive: true });
  expect(foreignDirectory(folder, me)).toBeUndefined();
  expect(foreignDirectory(folder, 0)).toBeUndefined();
  expect(foreignDirectory(join(folder, "nowhere"), somebody)).toBeUndefined();
});
