import { expect, test } from "bun:test";
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { takeSnapshot } from "../../../src/system/git/snapshot.ts";
import { changedPaths } from "../../../src/system/git/status.ts";
import { readSnapshot, unpackSnapshot } from "../../../src/system/git/unpack.ts";
import { sandbox } from "../../helpers/sandbox.ts";
import { adminOf, type Checkout, checkout, filesIn, save, stateOf, unpacked } from "./saved-checkout.ts";

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
  for (const name of hooks) repository.hook(name, 'echo "$0" >>"$HOME/ran"; exit 1');
  const before = await stateOf(original);
  rmSync(join(box.home, "ran"), { force: true });
  const commit = await save(original);
  expect(filesIn(box.home)).not.toHaveProperty("ran");
  rmSync(join(repository.path, ".git/hooks"), { recursive: true });
  expect(await stateOf(await unpacked(original, commit))).toEqual(before);
});
