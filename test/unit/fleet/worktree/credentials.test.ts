import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCopies } from "../../../../src/fleet/worktree/credentials/note.ts";
import { temporaryFolder } from "../../../helpers/folder.ts";

test("of a note of copies only what we would have noted is read", () => {
  const admin = temporaryFolder();
  const foreign = ["../x", "a/../../x", "/etc/passwd", "..", "", 7, null, "a\0b"];
  const note = { copied: [...foreign, ".env", "two\nlines"], hidden: [...foreign, "a.key", "x\n/y"] };
  writeFileSync(join(admin, "ai-fleet-copies.json"), JSON.stringify(note));
  expect(readCopies(admin)).toEqual({ copied: [".env", "two\nlines"], hidden: ["a.key"] });
});
