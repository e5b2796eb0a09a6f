import { expect, test } from "bun:test";
import { parsePatch } from "../../../src/server/page/parts/patch.ts";

const patch = `diff --git a/src/cart.js b/src/cart.js
index 1a2b3c4..5d6e7f8 100644
--- a/src/cart.js
+++ b/src/cart.js
@@ -1,3 +1,3 @@ export function total
 first
-second
+2nd
 third
\\ No newline at end of file
@@ -20 +20,2 @@
-x
+@@ -1 +1 @@ is only text
+--- y
diff --git a/new file.txt b/new file.txt
new file mode 100644
index 0000000..e69de29
diff --git a/old name.txt b/new name.txt
similarity index 100%
rename from old name.txt
rename to new name.txt
diff --git "a/\\303\\274\\t.txt" "b/\\303\\274\\t.txt"
deleted file mode 100644
index e69de29..0000000
--- "a/\\303\\274\\t.txt"
+++ /dev/null
@@ -1 +0,0 @@
-gone
diff --git a/logo.png b/logo.png
index 1a2b3c4..5d6e7f8 100644
Binary files a/logo.png and b/logo.png differ
`;

const files = parsePatch(patch);

test("each file of a patch has its path, what happened to it, and how much", () => {
  expect(
    files.map(({ path, from, change, binary, added, deleted }) => [path, from, change, binary, added, deleted]),
  ).toEqual([
    ["src/cart.js", undefined, "changed", false, 3, 2],
    ["new file.txt", undefined, "added", false, 0, 0],
    ["new name.txt", "old name.txt", "renamed", false, 0, 0],
    ["ü\t.txt", undefined, "deleted", false, 0, 1],
    ["logo.png", undefined, "changed", true, 0, 0],
  ]);
});

test("each line has its number before and after, whatever it looks like", () => {
  expect(files[0]?.hunks).toEqual([
    {
      context: "export function total",
      lines: [
        { kind: "same", text: "first", before: 1, after: 1 },
        { kind: "deleted", text: "second", before: 2 },
        { kind: "added", text: "2nd", after: 2 },
        { kind: "same", text: "third", before: 3, after: 3 },
        { kind: "note", text: "No newline at end of file" },
      ],
    },
    {
      context: "",
      lines: [
        { kind: "deleted", text: "x", before: 20 },
        { kind: "added", text: "@@ -1 +1 @@ is only text", after: 20 },
        { kind: "added", text: "--- y", after: 21 },
      ],
    },
  ]);
});

test("no patch has no files, and what is no patch neither", () => {
  expect(parsePatch("")).toEqual([]);
  expect(parsePatch("fatal: bad revision")).toEqual([]);
});
