import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { operationInProgress } from "../../../src/system/git/in-progress.ts";
import { takeSnapshot } from "../../../src/system/git/snapshot.ts";
import { changedPaths } from "../../../src/system/git/status.ts";
import { readSnapshot, unpackSnapshot } from "../../../src/system/git/unpack.ts";
import { adminDirectory } from "../../../src/system/git/worktrees.ts";
import type { Repository } from "../../helpers/repository.ts";
import { type Sandbox, sandbox } from "../../helpers/sandbox.ts";

/** A worktree beside its repository, as an agent has one. */
interface Checkout {
  readonly box: Sandbox;
  readonly repository: Repository;
  readonly path: string;
  /** What `git ARGS` prints in the worktree. */
  git(...args: readonly string[]): Promise<string>;
}

async function checkout(box: Sandbox, files: Readonly<Record<string, string>> = { a: "a\n" }): Promise<Checkout> {
  const repository = await box.repository("project", { files });
  const path = join(box.home, "worktree");
  await repository.git("worktree", "add", "--quiet", "-b", "fix", path);
  return { box, repository, path, git: (...args) => repository.git("-C", path, ...args) };
}

function adminOf(worktree: string): string {
  const admin = adminDirectory(worktree);
  if (admin === undefined) throw new Error(`${worktree} is no worktree`);
  return admin;
}

async function save({ box, path }: Checkout): Promise<string> {
  const place = { directory: path, environment: box.env };
  return takeSnapshot({
    place,
    admin: adminOf(path),
    changes: await changedPaths(place),
    scratchIndex: join(box.home, "scratch"),
    message: "saved\n",
  });
}

/** A new worktree in the saved state. With `alone` the old one is gone, and with it whatever no commit of the snapshot holds. */
async function unpacked(old: Checkout, commit: string, { alone = false } = {}): Promise<Checkout> {
  const { box, repository } = old;
  const path = join(box.home, `again-${commit}`);
  if (alone) {
    await repository.git("update-ref", "refs/saved", commit);
    await repository.git("worktree", "remove", "--force", "--force", old.path);
    await repository.git("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all");
    await repository.git("prune", "--expire=now");
  }
  await repository.git("worktree", "add", "--quiet", "--force", "--detach", path, `${commit}^1`);
  const place = { directory: path, environment: box.env };
  await unpackSnapshot(place, adminOf(path), await readSnapshot(place, commit));
  return { box, repository, path, git: (...args) => repository.git("-C", path, ...args) };
}

/** All that could tell two worktrees apart: every file, the whole index but for times and inodes, what git says of them. */
async function stateOf({ path, git }: Checkout) {
  const [index, status, head] = await Promise.all([
    git("ls-files", "--stage", "-v", "-t", "--debug"),
    git("status", "--porcelain=v2", "--untracked-files=all"),
    git("rev-parse", "HEAD"),
  ]);
  const entries = index.split("\n").filter((line) => !/^ {2}(ctime|mtime|dev|uid):/.test(line));
  return { files: filesIn(path), index: entries.map((line) => line.replace(/^ {2}size: \d+/, "")), status, head };
}

/** What is at each path below a folder, without following links. */
function filesIn(folder: string, prefix = ""): Record<string, string> {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => name !== ".git");
  const contents = entries.flatMap((entry): (readonly [string, string])[] => {
    const file = join(folder, entry.name);
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) return Object.entries(filesIn(file, `${name}/`));
    if (entry.isSymbolicLink()) return [[name, `link to ${readlinkSync(file)}`]];
    return [[name, `${(lstatSync(file).mode & 0o100) === 0 ? "file" : "program"}: ${readFileSync(file, "latin1")}`]];
  });
  return Object.fromEntries(contents);
}

type Node = { readonly kind: "file" | "program" | "link"; readonly content: string };

/** What is at a path in HEAD, in the index and in the working tree. */
interface Fate {
  readonly head: Node | undefined;
  readonly index: Node | undefined;
  readonly tree: Node | undefined;
  readonly mark: string | undefined;
}

const paths = [
  "a",
  "a/b",
  "a/b/c",
  "dir/x",
  "dir/y",
  "sp ace",
  'q"uote\t',
  "line\nend",
  "-x",
  "cr\r",
  "ü \u{1f680}",
  ":(top)",
];
const contents = ["", "one\n", "two\r\nlines\r\n", "no end", "\0\u00ff\0", "one", "../elsewhere", "dir"];

const node: fc.Arbitrary<Node> = fc
  .tuple(fc.constantFrom("file", "program", "link"), fc.constantFrom(...contents))
  .map(([kind, content]) =>
    kind === "link" ? { kind, content: content.replaceAll("\0", "") || "nowhere" } : { kind, content },
  );
const maybe = fc.option(node, { nil: undefined });
const fate: fc.Arbitrary<Fate> = fc
  .record({
    head: maybe,
    index: maybe,
    tree: maybe,
    mark: fc.constantFrom(undefined, undefined, undefined, "--assume-unchanged", "--skip-worktree"),
    same: fc.constantFrom("none", "none", "unstaged", "staged"),
  })
  .map(({ same, ...all }) => ({
    ...all,
    index: same === "unstaged" ? all.head : all.index,
    tree: same === "staged" ? all.index : all.tree,
  }));
const fates = fc.tuple(...paths.map(() => fate)).map((all) => new Map(paths.map((path, index) => [path, all[index]])));

/** Makes the working tree exactly this; of a path and one below it the first wins. */
function lay(worktree: string, tree: ReadonlyMap<string, Node | undefined>): void {
  for (const name of readdirSync(worktree)) if (name !== ".git") rmSync(join(worktree, name), { recursive: true });
  for (const [path, at] of tree) {
    const file = join(worktree, path);
    if (at === undefined || existsSync(file) || ancestorsOf(path).some((above) => isNoFolder(join(worktree, above))))
      continue;
    mkdirSync(dirname(file), { recursive: true });
    if (at.kind === "link") symlinkSync(at.content, file);
    else writeFileSync(file, at.content, "latin1");
    if (at.kind === "program") chmodSync(file, 0o755);
  }
}

function ancestorsOf(path: string): string[] {
  const words = path.split("/").slice(0, -1);
  return words.map((_, index) => words.slice(0, index + 1).join("/"));
}

function isNoFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
}

async function bring({ path, git }: Checkout, world: ReadonlyMap<string, Fate | undefined>): Promise<void> {
  const layer = (name: "head" | "index" | "tree") => new Map([...world].map(([file, at]) => [file, at?.[name]]));
  lay(path, layer("head"));
  await git("add", "--all");
  await git("commit", "--quiet", "--allow-empty", "--message=head");
  lay(path, layer("index"));
  await git("add", "--all");
  const indexed = (await git("ls-files", "-z")).split("\0");
  lay(path, layer("tree"));
  for (const mark of ["--assume-unchanged", "--skip-worktree"]) {
    const marked = [...world].filter(([file, at]) => at?.mark === mark && indexed.includes(file)).map(([file]) => file);
    if (marked.length > 0) await git("update-index", mark, "--", ...marked);
  }
}

test("any difference between HEAD, index and working tree is there again, and the user's index was not touched", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  const original = await checkout(box);
  await fc.assert(
    fc.asyncProperty(fates, async (world) => {
      await original.git("read-tree", "--empty");
      await bring(original, world);
      const before = await stateOf(original);
      const index = readFileSync(join(adminOf(original.path), "index"));
      const commit = await save(original);
      expect(readFileSync(join(adminOf(original.path), "index")).equals(index)).toBe(true);
      const again = await unpacked(original, commit);
      expect(await stateOf(again)).toEqual(before);
      await original.repository.git("worktree", "remove", "--force", "--force", again.path);
    }),
    { numRuns: 8 },
  );
});

test("whatever two branches did to the same files, every stage of their conflict is there again", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  const original = await checkout(box);
  const { git, path, repository } = original;
  const first = await git("rev-parse", "HEAD");
  await fc.assert(
    fc.asyncProperty(fates, fc.constantFrom("merge", "cherry-pick", "rebase"), async (world, operation) => {
      const commit = async (name: "head" | "index" | "tree") => {
        lay(path, new Map([...world].map(([file, at]) => [file, at?.[name]])));
        await git("add", "--all");
        await git("commit", "--quiet", "--allow-empty", `--message=${name}`);
        return git("rev-parse", "HEAD");
      };
      await git("checkout", "--quiet", "--force", "-B", "fix", first);
      const base = await commit("head");
      const theirs = await commit("index");
      await git("reset", "--quiet", "--hard", base);
      await commit("tree");
      await git("-c", "core.editor=true", operation, theirs).catch(() => undefined);
      const before = await stateOf(original);
      const again = await unpacked(original, await save(original));
      expect(await stateOf(again)).toEqual(before);
      expect(operationInProgress(adminOf(again.path))).toBe(operationInProgress(adminOf(path)));
      await repository.git("worktree", "remove", "--force", "--force", again.path);
      for (const each of ["merge", "cherry-pick", "rebase"]) await git(each, "--abort").catch(() => undefined);
      await git("clean", "--quiet", "-ffdx");
    }),
    { numRuns: 5 },
  );
});

/** Something that git is in the middle of, how to give it up, and how to bring it to its end. */
interface Unfinished {
  readonly what: string;
  readonly begin: readonly string[];
  readonly resolve?: readonly string[];
  readonly abort: readonly string[];
  readonly finish: readonly string[];
  /** The commits of HEAD when it is finished, the newest first. */
  readonly log: string;
}

const quietly = ["-c", "core.editor=true", "-c", "advice.detachedHead=false"];
const unfinished: readonly Unfinished[] = [
  {
    what: "a merge in conflict",
    begin: ["merge", "side"],
    resolve: ["checkout", "--quiet", "--theirs", "a"],
    abort: ["merge", "--abort"],
    finish: ["commit", "--all", "--no-edit"],
    log: "Merge branch 'side' into fix, more, ours, first",
  },
  {
    what: "a rebase in conflict",
    begin: ["rebase", "side"],
    resolve: ["checkout", "--quiet", "--theirs", "a"],
    abort: ["rebase", "--abort"],
    finish: ["rebase", "--continue"],
    log: "more, ours, second, theirs, first",
  },
  {
    what: "a rebase that stopped for an edit",
    begin: ["-c", "sequence.editor=sed -i 1s/pick/edit/", "rebase", "--interactive", "HEAD~2"],
    abort: ["rebase", "--abort"],
    finish: ["rebase", "--continue"],
    log: "more, ours, first",
  },
  {
    what: "a cherry-pick of two commits",
    begin: ["cherry-pick", "side~1", "side"],
    resolve: ["checkout", "--quiet", "--theirs", "a"],
    abort: ["cherry-pick", "--abort"],
    finish: ["cherry-pick", "--continue"],
    log: "second, theirs, more, ours, first",
  },
  {
    what: "a revert in conflict",
    begin: ["revert", "side~1"],
    resolve: ["checkout", "--quiet", "--theirs", "a"],
    abort: ["revert", "--abort"],
    finish: ["revert", "--continue"],
    log: 'Revert "theirs", more, ours, first',
  },
  {
    what: "a patch that does not apply",
    begin: ["am", "--3way", "../theirs.patch"],
    resolve: ["checkout", "--quiet", "--theirs", "a"],
    abort: ["am", "--abort"],
    finish: ["am", "--continue"],
    log: "theirs, more, ours, first",
  },
];

for (const { what, begin, resolve = ["status"], abort, finish, log } of unfinished) {
  test(`${what} can be given up and brought to its end after everything else is gone`, async () => {
    await using box = await sandbox({ program: "/bin/sh" });
    const original = await checkout(box, { a: "a\n", b: "b\n" });
    const { repository, git, path } = original;
    await repository.git("checkout", "--quiet", "-b", "side");
    for (const [name, file, message] of [
      ["a", "theirs\n", "theirs"],
      ["b", "second\n", "second"],
    ] as const) {
      repository.write(name, file);
      await repository.commit(message);
    }
    writeFileSync(join(box.home, "theirs.patch"), await repository.git("format-patch", "--stdout", "side~2..side~1"));
    for (const [name, message] of [
      ["a", "ours"],
      ["c", "more"],
    ] as const) {
      writeFileSync(join(path, name), `${message}\n`);
      await git("add", "--all");
      await git("commit", "--quiet", `--message=${message}`);
    }
    await git(...begin).catch(() => undefined);
    expect(operationInProgress(adminOf(path))).toBeDefined();
    writeFileSync(join(path, "untracked"), "mine\n");
    const before = await stateOf(original);
    const commit = await save(original);
    await repository.git("checkout", "--quiet", "main");
    await repository.git("branch", "--quiet", "-D", "side");

    const first = await unpacked(original, commit, { alone: true });
    expect(await stateOf(first)).toEqual(before);
    await first.git(...abort);
    expect(operationInProgress(adminOf(first.path))).toBeUndefined();
    expect(await first.git("log", "--format=%s")).toBe("more\nours\nfirst");
    await repository.git("worktree", "remove", "--force", first.path);

    const second = await unpacked(original, commit);
    await second.git(...resolve);
    await second.git("add", "a");
    await second.git(...quietly, ...finish);
    expect((await second.git("log", "--format=%s", "--first-parent")).replaceAll("\n", ", ")).toBe(log);
    expect(filesIn(second.path).untracked).toBe("file: mine\n");
  });
}

test("a bisection goes on where it was", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  const original = await checkout(box);
  for (const message of ["one", "two", "three", "four"])
    await original.git("commit", "--quiet", "--allow-empty", `--message=${message}`);
  await original.git("bisect", "start", "HEAD", "main");
  const log = await original.git("bisect", "log");
  const again = await unpacked(original, await save(original), { alone: true });
  expect(await again.git("bisect", "log")).toBe(log);
  expect(await again.git("bisect", "bad")).toMatch(/^Bisecting: 0 revisions left/);
  await again.git("bisect", "reset");
});

/** What an agent may make of a file that git was told not to look at. */
const unseen: Readonly<Record<string, (file: string) => void>> = {
  "a link that leads nowhere": (file) => symlinkSync("nowhere", file),
  "a link to a folder": (file) => symlinkSync("..", file),
  "an empty folder": (file) => mkdirSync(file),
  "a folder with files": (file) => {
    mkdirSync(file);
    writeFileSync(join(file, "below"), "below\n");
  },
  "a program with the same content": (file) => writeFileSync(file, "a\n", { mode: 0o755 }),
  nothing: () => undefined,
};

for (const [what, make] of Object.entries(unseen)) {
  test(`a file that git was told not to look at and that became ${what} comes back as that`, async () => {
    await using box = await sandbox({ program: "/bin/sh" });
    const original = await checkout(box, { a: "a\n", b: "a\n" });
    for (const [mark, name] of [
      ["--skip-worktree", "a"],
      ["--assume-unchanged", "b"],
    ] as const) {
      await original.git("update-index", mark, name);
      rmSync(join(original.path, name));
      make(join(original.path, name));
    }
    const before = await stateOf(original);
    expect(await stateOf(await unpacked(original, await save(original), { alone: true }))).toEqual(before);
  });
}

test("a sparse checkout comes back as sparse as it was, without empty folders", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  const original = await checkout(box, { a: "a\n", "in/x": "x\n", "out/deep/y": "y\n", "out/z": "z\n" });
  await original.git("sparse-checkout", "set", "in");
  writeFileSync(join(original.path, "in/x"), "changed\n");
  const before = await stateOf(original);
  const again = await unpacked(original, await save(original), { alone: true });
  expect(await stateOf(again)).toEqual(before);
  expect(existsSync(join(again.path, "out"))).toBe(false);
  expect(await again.git("sparse-checkout", "list")).toBe("in");
  await again.git("sparse-checkout", "disable");
  expect(filesIn(again.path)).toMatchObject({ "in/x": "file: changed\n", "out/deep/y": "file: y\n" });
});

test("files that nobody else may read come back as such", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  const original = await checkout(box, { changed: "a\n", program: "a\n" });
  const modes = { changed: 0o600, program: 0o700, "ne w\n/secret": 0o400, open: 0o644, tool: 0o755 };
  mkdirSync(join(original.path, "ne w\n"));
  for (const [name, mode] of Object.entries(modes)) {
    writeFileSync(join(original.path, name), `${name}\n`);
    chmodSync(join(original.path, name), mode);
  }
  const { path } = await unpacked(original, await save(original), { alone: true });
  const restored = Object.keys(modes).map((name) => [name, lstatSync(join(path, name)).mode & 0o777]);
  expect(Object.fromEntries(restored)).toEqual(modes);
});

test("a name that ends in a carriage return is not taken for that without it", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  const original = await checkout(box);
  for (const name of ["x", "x\r"]) writeFileSync(join(original.path, name), JSON.stringify(name));
  const before = await stateOf(original);
  expect(await stateOf(await unpacked(original, await save(original)))).toEqual(before);
});

test("nothing is written or removed behind a link that leads out of the worktree", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  const original = await checkout(box, { "dir/x": "x\n", "dir/y": "y\n" });
  const outside = join(box.home, "outside");
  const linked = (worktree: string) => {
    rmSync(join(worktree, "dir"), { recursive: true });
    symlinkSync(outside, join(worktree, "dir"));
  };
  mkdirSync(outside);
  writeFileSync(join(outside, "x"), "when it was saved\n");
  linked(original.path);
  const place = { directory: original.path, environment: box.env };
  const tracked = (await changedPaths(place)).filter(({ untracked }) => !untracked);
  const commit = await takeSnapshot({
    place,
    admin: adminOf(original.path),
    changes: tracked,
    scratchIndex: join(box.home, "scratch"),
    message: "saved\n",
  });
  writeFileSync(join(outside, "x"), "later\n");
  writeFileSync(join(outside, "y"), "later\n");
  // The worktree was kept as it is, because no commit can hold all of it.
  await unpackSnapshot(place, adminOf(original.path), await readSnapshot(place, commit));
  expect(filesIn(outside)).toEqual({ x: "file: later\n", y: "file: later\n" });
});

test("files whose content is only intended to be added come back as such", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  const original = await checkout(box);
  for (const name of ["new", "empty", "sp ace"])
    writeFileSync(join(original.path, name), name === "empty" ? "" : "new\n");
  await original.git("add", "--intent-to-add", "new", "empty", "sp ace");
  const before = await stateOf(original);
  expect(before.index.join("\n")).toContain("flags: 20004000");
  expect(await stateOf(await unpacked(original, await save(original), { alone: true }))).toEqual(before);
});

test("an index of another form comes back in it", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  const original = await checkout(box);
  await original.git("update-index", "--index-version", "4", "--untracked-cache", "--split-index");
  writeFileSync(join(original.path, "a"), "staged\n");
  writeFileSync(join(original.path, "b"), "staged\n");
  await original.git("add", "--all");
  writeFileSync(join(original.path, "a"), "unstaged\n");
  const before = await stateOf(original);
  const again = await unpacked(original, await save(original), { alone: true });
  expect(await stateOf(again)).toEqual(before);
  expect(readFileSync(join(adminOf(again.path), "index")).readUInt32BE(4)).toBe(4);
});

test("what is on a branch without a commit is saved", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  const original = await checkout(box);
  await original.git("checkout", "--quiet", "--orphan", "fresh");
  writeFileSync(join(original.path, "new"), "new\n");
  const commit = await save(original);
  expect(await original.repository.git("show", `${commit}:new`)).toBe("new");
  expect(await original.repository.git("show", `${commit}:a`)).toBe("a");
  expect(await readSnapshot({ directory: original.path, environment: box.env }, commit)).toMatchObject({
    commit,
    head: undefined,
  });
});

const attributes =
  "*.crlf text eol=crlf\n*.auto text=auto\n*.rot filter=rot\n*.ident ident\n*.wide working-tree-encoding=UTF-16LE\n";

test("whatever git would convert is saved and put back as it lay there", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  box.executable("rot", "#!/bin/sh\nexec tr a-zA-Z n-za-mN-ZA-M\n");
  for (const way of ["clean", "smudge"])
    await box.run(["git", "config", "--global", `filter.rot.${way}`, "rot"]).expect();
  const original = await checkout(box, {
    ".gitattributes": attributes,
    "old.crlf": "one\n",
    "old.auto": "one\n",
    "old.rot": "secret\n",
    "old.ident": "$Id$\n",
    "same.rot": "unchanged\n",
    "staged.rot": "before\n",
  });
  const write = (name: string, text: string) => writeFileSync(join(original.path, name), text, "latin1");
  write("staged.rot", "staged\n");
  await original.git("add", "staged.rot");
  for (const [name, text] of Object.entries({
    "old.crlf": "two\nmixed\r\n",
    "old.auto": "two\r\nmixed\n",
    "old.rot": "hidden\n",
    "old.ident": "$Id: mine $ changed\n",
    "staged.rot": "after\n",
    "new.crlf": "new\nmixed\r\n",
    "new.auto": "new\r\n",
    "new.rot": "new\n",
    "new.wide": "n\0e\0w\0",
  }))
    write(name, text);
  const before = await stateOf(original);
  const commit = await save(original);
  expect(await original.repository.git("show", `${commit}:old.rot`)).toBe("hidden");
  expect(await stateOf(await unpacked(original, commit, { alone: true }))).toEqual(before);
});

test("files that git converts by rules younger than they are have not changed by being put back", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  const original = await checkout(box, { a: "a\n", changed: "one\n", staged: "one\n", "b c": "b\n" });
  writeFileSync(join(original.path, ".gitattributes"), "* text eol=crlf\n");
  await original.git("add", ".gitattributes");
  await original.git("commit", "--quiet", "--message", "rules");
  writeFileSync(join(original.path, "changed"), "two\n");
  writeFileSync(join(original.path, "staged"), "two\n");
  await original.git("add", "staged");
  writeFileSync(join(original.path, "intended"), "new\n");
  await original.git("add", "--intent-to-add", "intended");
  const status = (at: Checkout) => at.git("status", "--porcelain=v2");
  const before = await status(original);
  const again = await unpacked(original, await save(original), { alone: true });
  expect(await status(again)).toBe(before);
  expect(readFileSync(join(again.path, "changed"), "utf8")).toBe("two\n");
});

const hooks = [
  ...["applypatch-msg", "commit-msg", "post-applypatch", "post-checkout", "post-commit"],
  ...["post-merge", "post-rewrite", "pre-applypatch", "pre-auto-gc", "pre-commit", "pre-merge-commit", "pre-push"],
  ...["pre-rebase", "prepare-commit-msg", "reference-transaction", "fsmonitor-watchman"],
];

test("a file that git converts and was told not to look at has not changed by that", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  const original = await checkout(box, { ".gitattributes": "dir/*.txt text eol=crlf\n", "dir/x.txt": "x\n" });
  await original.git("update-index", "--assume-unchanged", "dir/x.txt");
  expect(filesIn(original.path)).toHaveProperty(["dir/x.txt"], "file: x\r\n");
  expect(await changedPaths({ directory: original.path, environment: box.env })).toEqual([]);
});

test("what the repository of a submodule names is no commit of an operation in progress", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  const original = await checkout(box);
  const unrelated = await original.git("commit-tree", "-m", "unrelated", "HEAD^{tree}");
  const modules = join(adminOf(original.path), "modules/sub");
  mkdirSync(modules, { recursive: true });
  writeFileSync(join(modules, "HEAD"), `${unrelated}\n`);
  writeFileSync(join(original.path, "a"), "changed\n");
  const commit = await save(original);
  expect(await original.git("rev-list", commit)).not.toContain(unrelated);
  expect(await original.git("show", `${commit}^2:admin/modules/sub/HEAD`)).toBe(unrelated);
});

test("saving and putting back run no hook and sign nothing", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  const original = await checkout(box);
  const { repository } = original;
  writeFileSync(join(original.path, "a"), "changed\n");
  writeFileSync(join(original.path, "new"), "new\n");
  await original.git("add", "new");
  const refused = '#!/bin/sh\necho "$0" >>"$HOME/ran"\nexit 1\n';
  for (const setting of ["commit.gpgSign=true", "tag.gpgSign=true", `gpg.program=${box.executable("gpg", refused)}`]) {
    const [key = "", value = ""] = setting.split("=");
    await repository.git("config", key, value);
  }
  for (const name of hooks) {
    mkdirSync(join(repository.path, ".git/hooks"), { recursive: true });
    writeFileSync(join(repository.path, ".git/hooks", name), refused, { mode: 0o755 });
  }
  const before = await stateOf(original);
  rmSync(join(box.home, "ran"), { force: true });
  const commit = await save(original);
  expect(filesIn(box.home)).not.toHaveProperty("ran");
  rmSync(join(repository.path, ".git/hooks"), { recursive: true });
  expect(await stateOf(await unpacked(original, commit))).toEqual(before);
});
