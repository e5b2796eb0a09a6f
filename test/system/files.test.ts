import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  claimDirectory,
  exists,
  isExecutableFile,
  isRealDirectory,
  makePrivateDirectory,
  moveAway,
  readTextIfExists,
  realPath,
  removeAtOnce,
  removeTree,
  replaceFile,
  temporaryFiles,
  writePrivateFile,
} from "../../src/system/files.ts";
import { noFiles } from "../helpers/damage.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { eventually } from "../helpers/wait.ts";

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

/** A folder with a file, a folder, and links to both and to nothing. */
function populated() {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  writeFileSync(at("file"), "content");
  mkdirSync(at("folder"));
  symlinkSync("file", at("link to file"));
  symlinkSync("folder", at("link to folder"));
  symlinkSync("nothing", at("broken link"));
  return at;
}

test("a replaced file is new, private, and alone", () => {
  const folder = temporaryFolder();
  const file = join(folder, "file");
  replaceFile(file, "first");
  expect(readFileSync(file, "utf8")).toBe("first");
  expect(modeOf(file)).toBe(0o600);
  replaceFile(file, new Uint8Array([0, 255]), 0o644);
  expect([...readFileSync(file)]).toEqual([0, 255]);
  expect(modeOf(file)).toBe(0o644);
  expect(readdirSync(folder)).toEqual(["file"]);
});

test("a file is replaced where a link points, and the link stays", () => {
  const at = populated();
  replaceFile(at("link to file"), "new");
  expect(readlinkSync(at("link to file"))).toBe("file");
  expect(readFileSync(at("file"), "utf8")).toBe("new");
});

test("a file that cannot be replaced stays as it is, and nothing else is left", () => {
  const at = populated();
  const before = readdirSync(at("."));
  expect(() => replaceFile(at("folder"), "new")).toThrow();
  expect(() => replaceFile(at("missing/file"), "new")).toThrow();
  expect(readdirSync(at("."))).toEqual(before);
});

test("a reader sees the whole old file or the whole new one", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "file");
  const versions = ["a", "b"].map((letter) => letter.repeat(200_000));
  replaceFile(file, versions[0] ?? "");
  const script = `const fs = require("node:fs");
    for (let seen = 0; !fs.existsSync("done"); seen += 1) {
      const text = fs.readFileSync("file", "utf8");
      if (text.length !== 200_000 || text !== text[0].repeat(text.length)) process.exit(1);
      if (seen === 50) fs.writeFileSync("warm", "");
    }`;
  const reader = Bun.spawn([process.execPath, "-e", script], { cwd: folder });
  await eventually(() => existsSync(join(folder, "warm")), { what: "the reader to read" });
  for (let turn = 0; turn < 60; turn += 1) {
    replaceFile(file, versions[turn % 2] ?? "");
    await Bun.sleep(0);
  }
  writeFileSync(join(folder, "done"), "");
  expect(await reader.exited).toBe(0);
});

test("a file that is not there has no text, and other failures are not hidden", () => {
  const at = populated();
  expect(readTextIfExists(at("file"))).toBe("content");
  for (const name of ["missing", "missing/file", "file/below", "broken link"]) {
    expect(readTextIfExists(at(name))).toBeUndefined();
  }
  expect(() => readTextIfExists(at("folder"))).toThrow(`${at("folder")} is not a file`);
});

test("what is at a path is told without following links", () => {
  const at = populated();
  const names = ["file", "folder", "link to file", "link to folder", "broken link", "missing"];
  expect(names.filter((name) => exists(at(name)))).toEqual(names.slice(0, -1));
  expect(names.filter((name) => isRealDirectory(at(name)))).toEqual(["folder"]);
});

test("a path without links leads to the same", () => {
  const at = populated();
  expect(realPath(at("link to folder"))).toBe(at("folder"));
  expect(realPath(at("broken link"))).toBeUndefined();
});

test("only a file that may be run is executable", () => {
  const at = populated();
  writeFileSync(at("program"), "");
  chmodSync(at("program"), 0o755);
  symlinkSync("program", at("link to program"));
  const names = ["file", "folder", "program", "link to program", "broken link", "missing"];
  expect(names.filter((name) => isExecutableFile(at(name)))).toEqual(["program", "link to program"]);
});

test("new folders are private, those that were there keep their mode", () => {
  const at = populated();
  chmodSync(at("folder"), 0o755);
  makePrivateDirectory(at("folder/a/b"));
  makePrivateDirectory(at("folder"));
  expect([modeOf(at("folder")), modeOf(at("folder/a")), modeOf(at("folder/a/b"))]).toEqual([0o755, 0o700, 0o700]);
});

test("a new file is private unless it is said otherwise", () => {
  const at = populated();
  writePrivateFile(at("secret"), "x");
  writePrivateFile(at("script"), "x", 0o700);
  expect([modeOf(at("secret")), modeOf(at("script"))]).toEqual([0o600, 0o700]);
});

test("what is moved away is whole at its new place", () => {
  const at = populated();
  writeFileSync(at("folder/inside"), "kept");
  moveAway(at("folder"), at("trash/deep/folder"));
  expect(readFileSync(at("trash/deep/folder/inside"), "utf8")).toBe("kept");
  expect(exists(at("folder"))).toBe(false);
});

test("a tree is removed with all that is in it, but not what its links point to", () => {
  const at = populated();
  mkdirSync(at("tree/below"), { recursive: true });
  symlinkSync("../file", at("tree/link"));
  removeTree(at("tree"));
  removeTree(at("tree"));
  removeTree(at("link to folder"));
  expect(readdirSync(at(".")).sort()).toEqual(["broken link", "file", "folder", "link to file"]);
});

test("only the first of those who claim a folder has it", () => {
  const at = populated();
  expect([claimDirectory(at("claim")), claimDirectory(at("claim")), claimDirectory(at("file"))]).toEqual([
    true,
    false,
    false,
  ]);
  expect(() => claimDirectory(at("missing/claim"))).toThrow("ENOENT");
});

test("a folder is removed at once, and one that is not there is fine", () => {
  const at = populated();
  writeFileSync(at("folder/inside"), "");
  removeAtOnce(at("folder"));
  removeAtOnce(at("folder"));
  expect([exists(at("folder")), temporaryFiles(at(""))]).toEqual([false, []]);
});

test("what is no file is refused at once, also a pipe that nobody writes to", () => {
  for (const make of Object.values(noFiles)) {
    const path = join(temporaryFolder(), "x");
    make(path);
    expect(() => readTextIfExists(path)).toThrow(`${path} is not a file`);
  }
});

test("what an error says to run can be copied into a shell", () => {
  const folder = join(temporaryFolder(), "it's here; $(x)");
  mkdirSync(join(folder, "taken"), { recursive: true });
  const word = `'${folder.replace("'", `'\\''`)}`;
  for (const [attempt, hint] of [
    [() => readTextIfExists(folder), `to see what it is, run ls -l ${word}'`],
    [() => writePrivateFile(join(folder, "taken"), ""), `to see who may write there, run ls -ld ${word}'`],
  ] as const) {
    expect(attempt).toThrow(expect.objectContaining({ hint }));
  }
});

test("a directory goes at once, also when some in it may not be written to", () => {
  const directory = join(temporaryFolder(), "cache");
  mkdirSync(join(directory, "module", "inner"), { recursive: true });
  writeFileSync(join(directory, "module", "inner", "file"), "");
  chmodSync(join(directory, "module", "inner"), 0o500);
  chmodSync(join(directory, "module"), 0o500);
  removeAtOnce(directory);
  expect(existsSync(directory)).toBe(false);
});
