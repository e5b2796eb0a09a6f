import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { operationInProgress } from "../../../src/system/git/in-progress.ts";
import { sandbox } from "../../helpers/sandbox.ts";
import { adminOf, type Checkout, checkout, save, stateOf, unpacked } from "./saved-checkout.ts";

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
