import { expect, test } from "bun:test";
import { besideEachOther } from "../../../src/commands/compare-patches.ts";

const change = (path: string, lines: readonly string[]) => ({ path, from: undefined, added: 1, deleted: 1, lines });

const attempts = [
  { branch: "auth-A3", patch: [change("b", ["@@ -1 +1 @@", "-1", "+a long line that has to be broken somewhere"])] },
  { branch: "auth-A1", patch: [change("b", ["@@ -1 +1 @@", "-1", "+2"]), change("a", ["deleted file mode 100644"])] },
  { branch: "auth-A2", patch: [change("b", ["@@ -1 +1 @@", "-1", "+2"])] },
];

test("diffs stand beside each other, file after file, and the same change of a file has one column", () => {
  expect(besideEachOther(attempts, 75, false)).toEqual([
    "a  changed by 1 of 3 attempts",
    "2 auth-A1",
    "deleted file mode 100644",
    "",
    "b  changed by 3 of 3 attempts",
    "1 auth-A3                            │ 2 auth-A1, 3 auth-A2",
    "@@ -1 +1 @@                          │ @@ -1 +1 @@",
    "-1                                   │ -1",
    "+a long line that has to be broken s │ +2",
    "omewhere                             │",
  ]);
});

test("where there is no room beside each other, diffs are below each other, whole", () => {
  const lines = besideEachOther(attempts, 40, false);
  expect(lines.slice(5)).toEqual([
    ...["1 auth-A3", "@@ -1 +1 @@", "-1", "+a long line that has to be broken somew", "here"],
    ...["2 auth-A1, 3 auth-A2", "@@ -1 +1 @@", "-1", "+2"],
  ]);
});

test("nothing in a diff reaches the terminal as a command, and colours are ours alone", () => {
  const patch = [change("\u001b[2J", ["+\u001b[31mred\r", "-\told"])];
  const lines = besideEachOther([{ branch: "one", patch }], 80, true);
  expect(lines).toEqual([
    "\u001b[33m\\x1b[2J  changed by 1 of 1 attempt\u001b[0m",
    "\u001b[36m1 one\u001b[0m",
    "\u001b[32m+\\x1b[31mred\\x0d\u001b[0m",
    "\u001b[31m-    old\u001b[0m",
  ]);
});
