import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { headOf } from "../../../src/system/git/reftable.ts";
import { temporaryFolder } from "../../helpers/folder.ts";

/** Tables as git 2.55 wrote them for worktrees, in base64. */
const tables = {
  /** HEAD on `b`, ORIG_HEAD, and the reflog of HEAD. */
  onB: "UkVGVAEAEAAAAAAAAAAAAQAAAAAAAAAEcgAAWAAjSEVBRAAMcmVmcy9oZWFkcy9iAElPUklHX0hFQUQBsJ5FDKdHhRzSvuDbVTZjwxPI8GYAABwAADAAAmcAARV42mPI9HB1dGH4DwG/N8xz5Vnu3ipzad+D26FmyYeFT3xIOzHr0q+Xr7XPVlwTuFTHsHwyn+WhF1wpqbn5ConpqXklfCCmQ05+cmJORn5xSev1ddcTGBjEkvNzczNLrBRAskAyX6EkI7GEi4fzDzYrsIkxOvImOqRWJOYW5KTqAU2DGVyUWpwKNDc3vywzL12hJF8B5AGgwf8YsAASDGbkYmBgYWAEACRUbdpSRUZUAQAQAAAAAAAAAAABAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAWAAAAAAAAAAAgZ7KQw==",
  /** HEAD on `other`, and its reflog. */
  onOther:
    "UkVGVAEAEAAAAAAAAAAACgAAAAAAAAALcgAAOQAjSEVBRAAQcmVmcy9oZWFkcy9vdGhlcgAAHAABZwAAYnjaY8j0cHV0YfgPAV8YSAGMXDwcX3k4vvFwfOfh+MHD8ZOH4xcPx28ejj88HP8YGFgYGAHJrhLvUkVGVAEAEAAAAAAAAAAACgAAAAAAAAALAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADkAAAAAAAAAAPl1IGY=",
  /** Only a line of the reflog. */
  logOnly:
    "UkVGVAEAEAAAAAAAAAAADAAAAAAAAAAMZwAAXnjaY8j0cHV0YfgPAZ8ZSAQyDIwAFh8JhVJFRlQBABAAAAAAAAAAAAwAAAAAAAAADAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAbIEGj",
  /** HEAD on no branch, with object names of 64 digits. */
  detached:
    "UkVGVAIAEAAAAAAAAAAAAQAAAAAAAAACczI1NnIAAHsAIUhFQUQAm6iQGJmvduH61X/v7XUQDi5Y2i3ZHTs8Rs7b+rYz9v0ASU9SSUdfSEVBRAGbqJAYma924frVf+/tdRAOLljaLdkdOzxGztv6tjP2/QAAIAAARwACUkVGVAIAEAAAAAAAAAAAAQAAAAAAAAACczI1NgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB9k8CY",
};

/** Git's directory of a worktree whose refs are in these tables, the oldest first. */
function worktreeWith(...contents: readonly (Buffer | string)[]): string {
  const admin = temporaryFolder();
  mkdirSync(join(admin, "reftable"));
  writeFileSync(join(admin, "HEAD"), "ref: refs/heads/.invalid\n");
  for (const [index, content] of contents.entries()) {
    const bytes = typeof content === "string" ? Buffer.from(content, "base64") : content;
    writeFileSync(join(admin, "reftable", `${index}.ref`), bytes);
  }
  writeFileSync(join(admin, "reftable/tables.list"), contents.map((_, index) => `${index}.ref\n`).join(""));
  return admin;
}

test("where refs are in tables, HEAD is what the newest table says that knows it", () => {
  expect(headOf(worktreeWith(tables.onB))).toBe("ref: refs/heads/b");
  expect(headOf(worktreeWith(tables.onB, tables.onOther, tables.logOnly))).toBe("ref: refs/heads/other");
  expect(headOf(worktreeWith(tables.detached))).toBe(
    "9ba8901899af76e1fad57fefed75100e2e58da2dd91d3b3c46cedbfab633f6fd",
  );
});

test("a table that is cut off anywhere says nothing, and what an older one says holds", () => {
  const newer = Buffer.from(tables.onOther, "base64");
  for (let length = 0; length < 48; length += 1) {
    expect(headOf(worktreeWith(tables.onB, newer.subarray(0, length)))).toBe("ref: refs/heads/b");
  }
  expect(headOf(worktreeWith())).toBe("ref: refs/heads/.invalid");
});

test("where HEAD is a file it is what is in that", () => {
  const admin = temporaryFolder();
  expect(headOf(admin)).toBeUndefined();
  writeFileSync(join(admin, "HEAD"), "ref: refs/heads/main\n");
  expect(headOf(admin)).toBe("ref: refs/heads/main");
});
