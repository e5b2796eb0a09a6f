import { expect, test } from "bun:test";
import fc from "fast-check";
import { branchNameProblem } from "../../../../src/fleet/choose/branch-names.ts";
import { chooseNames, type Names } from "../../../../src/fleet/choose/names.ts";
import { branchNames } from "../../../helpers/text.ts";

const nothingTaken = { directories: new Set<string>(), sessions: new Set<string>() };
const longestBytes = 100;

/** The names that agents get one after the other, each with an id of its own. */
function namesOf(branches: readonly string[], { repository = "/code/project", sessionPrefix = "ai_" } = {}): Names[] {
  const directories = new Set<string>();
  const sessions = new Set<string>();
  return branches.map((branch, index) => {
    const id = index.toString(16).padStart(8, "0");
    const names = chooseNames({ branch, id, sessionPrefix, repository }, { directories, sessions });
    directories.add(names.directory.toLowerCase());
    sessions.add(names.session.toLowerCase());
    return names;
  });
}

test("directory and session are called after the branch", () => {
  const naming = { id: "0a1b2c3d", sessionPrefix: "ai_", repository: "/code/project" };
  expect(chooseNames({ ...naming, branch: "fix-42" }, nothingTaken)).toEqual({
    directory: "fix-42",
    session: "ai_fix-42",
  });
});

test("the session keeps the slashes of a branch, the directory does not", () => {
  expect(namesOf(["feature/login/step-1"])).toEqual([
    { directory: "feature-login-step-1", session: "ai_feature/login/step-1" },
  ]);
});

const slugs: Readonly<Record<string, string>> = {
  "user@example.com": "user-example-com",
  "x#(touch$IFS./pwned)": "x-touch-IFS-pwned",
  "-dashes-": "dashes",
  a_b: "a_b",
  über: "ber",
  修复: "agent",
  "\u{1f680}": "agent",
  "a---b": "a---b",
};

for (const [branch, directory] of Object.entries(slugs)) {
  test(`${branch} is worked on in ${directory}`, () => {
    expect(namesOf([branch]).map((names) => names.directory)).toEqual([directory]);
  });
}

test("a name that is taken gets that of its repository, then its id", () => {
  expect(namesOf(["fix", "fix", "fix"], { repository: "/code/My Project!" }).map(({ directory }) => directory)).toEqual(
    ["fix", "fix@My-Project", "fix-00000002"],
  );
});

test("a directory that is free is not used with a session that is taken", () => {
  const naming = { branch: "fix", id: "0a1b2c3d", sessionPrefix: "ai_", repository: "/code/project" };
  expect(chooseNames(naming, { directories: new Set(), sessions: new Set(["ai_fix"]) })).toEqual({
    directory: "fix@project",
    session: "ai_fix@project",
  });
});

test("names that differ in one character, or in case alone, are five different names", () => {
  const names = namesOf(["a.b", "a_b", "a/b", "a-b", "A-b"]);
  expect(new Set(names.map(({ directory }) => directory.toLowerCase())).size).toBe(5);
  expect(new Set(names.map(({ session }) => session.toLowerCase())).size).toBe(5);
});

test("a long name is cut to 100 bytes, the same with an ending", () => {
  const long = "x".repeat(250);
  const lengths = namesOf([long, long, long]).flatMap(({ directory, session }) => [directory.length, session.length]);
  expect(lengths).toEqual([longestBytes, longestBytes, longestBytes, longestBytes, longestBytes, longestBytes]);
});

test("a cut name does not end in what joined its parts", () => {
  expect(namesOf([`${"x".repeat(99)}-tail`])).toEqual([{ directory: "x".repeat(99), session: `ai_${"x".repeat(97)}` }]);
});

test("names are short whatever the repository is called", () => {
  const names = namesOf(["fix", "fix"], { repository: `/code/${"r".repeat(200)}` });
  expect(
    Math.max(...names.flatMap(({ directory, session }) => [directory.length, session.length])),
  ).toBeLessThanOrEqual(longestBytes);
});

test("a session has a name even when prefix and branch leave nothing", () => {
  const [names] = namesOf(["修复/登录"], { sessionPrefix: "" });
  expect(names?.session).not.toBe("");
});

const branch = fc
  .oneof(
    fc.constantFrom(...branchNames),
    fc
      .array(fc.constantFrom("a", "A", "-", "_", "/", ".", "@", "é", "b"), { minLength: 1, maxLength: 6 })
      .map((characters) => characters.join("")),
  )
  .filter((name) => branchNameProblem(name) === undefined);
const someRepository = fc.constantFrom("/code/project", "/code/a", "/code/Größe", "/code/x y.z", "/");

test("no two agents ever get the same name, and every name is safe", () => {
  fc.assert(
    fc.property(fc.array(branch, { maxLength: 12 }), someRepository, (branches, repository) => {
      const names = namesOf(branches, { repository });
      expect(new Set(names.map(({ directory }) => directory.toLowerCase())).size).toBe(branches.length);
      expect(new Set(names.map(({ session }) => session.toLowerCase())).size).toBe(branches.length);
      for (const { directory, session } of names) {
        expect(directory).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_@-]{0,99}$/);
        expect(session).toMatch(/^ai_[A-Za-z0-9_@/-]{0,97}$/);
      }
    }),
  );
});

test("names of any length under any prefix are cut, safe, apart, and the same each time", () => {
  const piece = fc.string({
    unit: fc.constantFrom("a", "B", "-", "/", ".", ":", "@", "é", "\u{1f680}"),
    maxLength: 60,
  });
  const long = fc
    .array(fc.oneof(piece, fc.constant("x".repeat(90))), { minLength: 1, maxLength: 3 })
    .map((all) => all.join(""));
  const prefix = fc.stringMatching(/^[A-Za-z0-9_-]{0,32}$/);
  fc.assert(
    fc.property(fc.array(long, { maxLength: 6 }), prefix, someRepository, (branches, sessionPrefix, repository) => {
      const names = namesOf(branches, { sessionPrefix, repository });
      expect(namesOf(branches, { sessionPrefix, repository })).toEqual(names);
      for (const key of ["directory", "session"] as const) {
        const keys = names.map((each) => each[key].toLowerCase());
        expect(new Set(keys).size).toBe(branches.length);
        for (const name of keys) expect(name.length).toBeWithin(1, longestBytes + 1);
      }
      for (const { directory, session } of names) {
        expect(directory).toMatch(/^[A-Za-z0-9_@-]+$/);
        expect(session).toMatch(/^[A-Za-z0-9_@/-]+$/);
        expect(session).toStartWith(sessionPrefix);
      }
    }),
    { numRuns: 300 },
  );
});
