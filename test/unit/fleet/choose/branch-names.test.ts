import { expect, test } from "bun:test";
import { dirname } from "node:path";
import fc from "fast-check";
import { branchNameProblem, enclosingNames } from "../../../../src/fleet/choose/branch-names.ts";
import { temporaryFolder } from "../../../helpers/folder.ts";
import { branchNames, refusedBranchNames } from "../../../helpers/text.ts";

const longestPart = 250;

test("names that git takes are taken", () => {
  expect(branchNames.filter((name) => branchNameProblem(name) !== undefined)).toEqual([]);
});

test("names that git refuses are refused", () => {
  expect(refusedBranchNames.filter((name) => branchNameProblem(name) === undefined)).toEqual([]);
});

test("what is wrong is said in words", () => {
  expect({
    "": branchNameProblem(""),
    "fix login": branchNameProblem("fix login"),
    "fix..2": branchNameProblem("fix..2"),
    "-fix": branchNameProblem("-fix"),
    "fix/.hidden": branchNameProblem("fix/.hidden"),
    "fix.lock/2": branchNameProblem("fix.lock/2"),
    HEAD: branchNameProblem("HEAD"),
  }).toEqual({
    "": "it is empty",
    "fix login": "it has a space",
    "fix..2": "it has two dots in a row",
    "-fix": "it starts with a dash",
    "fix/.hidden": "a part of it starts with a dot",
    "fix.lock/2": "a part of it ends with .lock",
    HEAD: "it is git's name for what is checked out",
  });
});

test("a part that git could not lock as a file is refused", () => {
  expect(branchNameProblem(`a/${"x".repeat(longestPart)}`)).toBeUndefined();
  expect(branchNameProblem(`a/${"x".repeat(longestPart + 1)}`)).toBe("a part of it is longer than 250 bytes");
  expect(branchNameProblem(`a/${"分".repeat(84)}`)).toBe("a part of it is longer than 250 bytes");
});

test("40 hex digits, which git would take for a commit, are refused", () => {
  expect(branchNameProblem("0123456789abcdef0123456789abcdef01234567")).toBeDefined();
});

const pieces = [
  ...["a", "B", "7", "é", "修", "\u{1f680}", "-", "_", "+", "#", "$", "%", "&", "'", '"', "!", ",", ";", "<", "=", ">"],
  ...["/", "//", ".", "..", ".lock", ".LOCK", "@", "@{", "{", "}", "~", "^", ":", "?", "*", "[", "]", "\\", " "],
  ...["\t", "\n", "\x01", "\x1f", "\x7f", "\u0080", "\u00a0", "\u2028", "HEAD", "refs/heads/", "lock"],
];

test("any name is taken exactly when git takes it", () => {
  const folder = temporaryFolder();
  // Versions of git differ about a lone @, and do not look at the length.
  const name = fc
    .array(fc.constantFrom(...pieces), { maxLength: 7 })
    .map((parts) => parts.join(""))
    .filter((text) => text !== "@");
  fc.assert(
    fc.property(fc.array(name, { minLength: 60, maxLength: 60 }), (names) => {
      const taken = takenByGit(names, folder);
      expect(names.filter((each) => branchNameProblem(each) === undefined)).toEqual(
        names.filter((_, index) => taken[index]),
      );
    }),
    { numRuns: 6, endOnFailure: true },
  );
});

test("the names that enclose a name are the folders its file would be in", () => {
  expect(enclosingNames("a/b/c")).toEqual(["a", "a/b"]);
  expect(enclosingNames("a")).toEqual([]);
});

/** Asks git about all names with one shell. Outside of any repository, where `@{-1}` cannot mean anything. */
function takenByGit(names: readonly string[], directory: string): boolean[] {
  const ask = 'for name; do git check-ref-format --branch "$name" >/dev/null 2>&1; echo $?; done';
  const { stdout } = Bun.spawnSync(["/bin/sh", "-c", ask, "sh", ...names], {
    cwd: directory,
    env: { PATH: process.env.PATH, GIT_CEILING_DIRECTORIES: dirname(directory) },
  });
  return stdout
    .toString()
    .trim()
    .split("\n")
    .map((code) => code === "0");
}
