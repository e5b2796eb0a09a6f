import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { cloneTree } from "../../src/system/clone/clone.ts";
import { type Survey, surveyTree } from "../../src/system/clone/survey.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { output } from "../helpers/run.ts";

const environment = { PATH: "/usr/bin:/bin" };
const never = new AbortController().signal;
const unlimited = <Value>(task: () => Promise<Value>) => task();

interface Trees {
  readonly source: string;
  readonly target: string;
}

function trees(): Trees {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "source"));
  return { source: join(folder, "source"), target: join(folder, "target") };
}

function write(path: string, text = "text\n"): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function run(...argv: readonly string[]): Promise<string> {
  return output(argv, "/", environment);
}

async function clone({ source, target }: Trees): Promise<Survey> {
  const survey = surveyTree(source);
  if (survey === undefined) throw new Error("it is a worktree");
  await cloneTree(survey, target, { environment, cancelled: never, limit: unlimited });
  return survey;
}

/** Everything about a tree that a copy must have, by path. */
function described(root: string): Record<string, string> {
  return Object.fromEntries(pathsIn(root).map((path) => [path, descriptionOf(join(root, path))]));
}

/** Bun's own recursive listing fails at links that lead to themselves. */
function pathsIn(root: string, path = ""): string[] {
  if (!lstatSync(join(root, path)).isDirectory()) return [path];
  const names = readdirSync(join(root, path)).sort();
  return [path, ...names.flatMap((name) => pathsIn(root, join(path, name)))];
}

function descriptionOf(path: string): string {
  const stat = lstatSync(path);
  const mode = (stat.mode & 0o7777).toString(8);
  const time = stat.mtime.toISOString();
  if (stat.isSymbolicLink()) return `link to ${readlinkSync(path)}, ${time}`;
  return stat.isDirectory() ? `directory ${mode}, ${time}` : `file ${mode}, ${time}, ${readFileSync(path, "utf8")}`;
}

/** What each makes in a directory is there in a clone of it as it is in the original. */
const kept: Readonly<Record<string, (source: string) => void>> = {
  "an empty directory": () => undefined,
  "empty directories": (source) => mkdirSync(join(source, "a/b/c"), { recursive: true }),
  "files of all sizes": (source) => {
    write(join(source, "empty"), "");
    write(join(source, "large"), "x".repeat(3_000_000));
    write(join(source, "deep/er/file"));
  },
  modes: (source) => {
    for (const mode of [0o600, 0o400, 0o755, 0o640, 0o4755, 0o666]) {
      write(join(source, `${mode}`));
      chmodSync(join(source, `${mode}`), mode);
    }
    for (const mode of [0o700, 0o555, 0o1777]) {
      write(join(source, `directory-${mode}`, "file"));
      chmodSync(join(source, `directory-${mode}`), mode);
    }
    chmodSync(source, 0o750);
  },
  times: (source) => {
    write(join(source, "directory/file"));
    symlinkSync("file", join(source, "directory/link"));
    for (const path of ["directory/file", "directory", ""])
      utimesSync(join(source, path), 1_000_000_000, 1_111_111_111);
  },
  "links, whatever they lead to": (source) => {
    write(join(source, "file"));
    for (const to of ["file", ".", "..", "nowhere", "loop", "/etc/passwd", "../../../outside", "directory"])
      symlinkSync(to, join(source, to === "loop" ? "loop" : `to-${to.replaceAll("/", "_")}`));
    mkdirSync(join(source, "directory"));
    symlinkSync("../directory", join(source, "directory/itself"));
  },
  "odd names": (source) => {
    for (const name of ["a\nb", "-rf", "--", "*", " ", "'\"\\$(id)`", "ü\u2028🚀", "x".repeat(255), ".hidden", "#{x}"])
      write(join(source, name, name));
  },
  "a repository": (source) => {
    write(join(source, "vendor/.git/HEAD"), "ref: refs/heads/main\n");
    write(join(source, "vendor/.git/objects/aa/bb"));
    write(join(source, "vendor/.git/refs/heads/main"));
    write(join(source, "vendor/worktrees/file"));
  },
  "a submodule of a repository that is inside too": (source) => {
    write(join(source, "vendor/.git/modules/sub/HEAD"));
    write(join(source, "vendor/sub/.git"), "gitdir: ../.git/modules/sub\n");
  },
};

for (const [name, make] of Object.entries(kept)) {
  test(`a clone has ${name}`, async () => {
    const place = trees();
    make(place.source);
    const before = described(place.source);
    const { leftOut, files } = await clone(place);
    expect(leftOut).toEqual([]);
    expect(described(place.target)).toEqual(before);
    expect(described(place.source)).toEqual(before);
    expect(files).toBe(Object.values(before).filter((text) => !text.startsWith("directory")).length);
  });
}

/** What each makes beside a file is left out of a clone, and named. */
const omitted: Readonly<
  Record<string, { readonly make: (source: string) => unknown; readonly path: string; readonly what: string }>
> = {
  "a pipe": { make: (source) => run("mkfifo", join(source, "a/pipe")), path: "a/pipe", what: "a pipe" },
  "a socket": {
    make: (source) => void Bun.listen({ unix: join(source, "a/s"), socket: { data: () => undefined } }).unref(),
    path: "a/s",
    what: "a socket",
  },
  "a worktree": {
    make: (source) => write(join(source, "a/tree/.git"), "gitdir: /elsewhere/.git/worktrees/tree\n"),
    path: "a/tree",
    what: "a worktree of git",
  },
  "a worktree of a repository that is inside too": {
    make: (source) => write(join(source, "a/tree/.git"), "gitdir: ../repository/.git/worktrees/tree\n"),
    path: "a/tree",
    what: "a worktree of git",
  },
  "a checkout that a link joins to another's git directory": {
    make: (source) => {
      mkdirSync(join(source, "a/tree"));
      symlinkSync("../../..", join(source, "a/tree/.git"));
    },
    path: "a/tree",
    what: "a worktree of git",
  },
  "what a repository has registered": {
    make: (source) => makeRegistration(join(source, "a/.git")),
    path: "a/.git/worktrees",
    what: "the worktrees of a repository",
  },
  "what a bare repository has registered": {
    make: (source) => makeRegistration(join(source, "a/bare.git")),
    path: "a/bare.git/worktrees",
    what: "the worktrees of a repository",
  },
  "a name that is not UTF-8": {
    make: (source) => run("sh", "-c", 'printf text >"$1/a/$(printf "\\377")"', "sh", source),
    path: "a/\ufffd",
    what: "its name is not UTF-8",
  },
};

function makeRegistration(repository: string): void {
  for (const folder of ["objects", "refs"]) mkdirSync(join(repository, folder), { recursive: true });
  for (const file of ["HEAD", "worktrees/other/gitdir"]) write(join(repository, file));
}

for (const [name, { make, path, what }] of Object.entries(omitted)) {
  test(`${name} is left out of a clone, with its surroundings as they are`, async () => {
    const place = trees();
    write(join(place.source, "a/file"));
    write(join(place.source, "b/file"));
    await make(place.source);
    utimesSync(join(place.source, "a"), 1_000_000_000, 1_111_111_111);
    chmodSync(join(place.source, "a"), 0o750);
    expect((await clone(place)).leftOut).toEqual([{ path, what }]);
    expect(pathsIn(place.target).filter((there) => there === path || there.startsWith(`${path}/`))).toEqual([]);
    for (const there of ["a", "a/file", "b", "b/file"])
      expect(descriptionOf(join(place.target, there))).toBe(descriptionOf(join(place.source, there)));
  });
}

test("a worktree is not cloned at all", () => {
  const { source } = trees();
  write(join(source, ".git"), "gitdir: /elsewhere/.git/worktrees/source\n");
  expect(surveyTree(source)).toBeUndefined();
});

test("what is written into a clone does not show in the original, nor the other way round", async () => {
  const place = trees();
  write(join(place.source, "one"));
  linkSync(join(place.source, "one"), join(place.source, "two"));
  write(join(place.source, "three"));
  await clone(place);
  writeFileSync(join(place.target, "one"), "ours\n", { flag: "r+" });
  writeFileSync(join(place.source, "three"), "theirs\n", { flag: "r+" });
  const texts = (root: string) => ["one", "two", "three"].map((name) => readFileSync(join(root, name), "utf8"));
  expect(texts(place.source)).toEqual(["text\n", "text\n", "theirs\n"]);
  expect(texts(place.target)).toEqual(["ours\n", "ours\n", "text\n"]);
  expect(lstatSync(join(place.source, "one")).nlink).toBe(2);
});

test("30,000 files are cloned, by processes that share the work", async () => {
  const place = trees();
  for (let folder = 0; folder < 300; folder += 1) {
    mkdirSync(join(place.source, `package-${folder % 2}/${folder}`), { recursive: true });
    for (let file = 0; file < 100; file += 1)
      writeFileSync(join(place.source, `package-${folder % 2}/${folder}/${file}`), `${folder} ${file}`);
  }
  const { files, parts } = await clone(place);
  expect(files).toBe(30_000);
  expect(parts.length).toBeGreaterThan(10);
  expect(pathsIn(place.target)).toEqual(pathsIn(place.source));
});

test("a clone that fails says why and leaves no process that writes", async () => {
  const place = trees();
  write(join(place.source, "there"));
  write(join(place.source, "deep/er/large"), "x".repeat(3000));
  const bin = join(place.source, "..", "bin");
  const cp = join(bin, "cp");
  write(
    cp,
    '#!/bin/sh\n/bin/cp "$@" && for target; do :; done && : >"$target/deep/er/large" && echo disk full >&2; exit 1\n',
  );
  chmodSync(cp, 0o755);
  const survey = surveyTree(place.source);
  const options = { environment: { PATH: `${bin}:/usr/bin:/bin` }, cancelled: never, limit: unlimited };
  await expect(survey && cloneTree(survey, place.target, options)).rejects.toMatchObject({
    kind: "failed",
    output: "disk full",
  });
});

test("what goes away while a directory is cloned is no failure", async () => {
  const place = trees();
  for (const name of ["gone", "there", "deep/gone", "taken-apart/there"]) write(join(place.source, name));
  await run("mkfifo", join(place.source, "taken-apart/pipe"));
  const survey = surveyTree(place.source);
  await run("rm", "-r", ...["gone", "deep/gone", "taken-apart"].map((name) => join(place.source, name)));
  await (survey && cloneTree(survey, place.target, { environment, cancelled: never, limit: unlimited }));
  expect(pathsIn(place.target).filter((path) => path.endsWith("there"))).toEqual(["there"]);
});

test("a clone that is called off stops", async () => {
  const place = trees();
  write(join(place.source, "file"));
  const survey = surveyTree(place.source);
  const calledOff = AbortSignal.abort(new Error("called off"));
  const cloned = survey && cloneTree(survey, place.target, { environment, cancelled: calledOff, limit: unlimited });
  await expect(cloned).rejects.toThrow("called off");
  expect(existsSync(join(place.target, "file"))).toBe(false);
});
