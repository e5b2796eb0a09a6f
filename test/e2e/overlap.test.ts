import { expect, test } from "bun:test";
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Repository } from "../helpers/repository.ts";
import { agentOn, demoSandbox, everythingIn, fleetHome, textOf } from "./agents.ts";

const lines = (words: readonly string[]) => words.map((word) => `${word}\n`).join("");

test("overlap names who touches the same files and who would conflict, unsaved work included", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files: { "a.txt": lines([..."abcdefgh"]), "b.txt": "b\n" } });
  const at = { cwd: repository.path };
  for (const name of ["one", "two", "three", "four"]) await box.fleet(["create", name], at);
  const write = (name: string, file: string, text: string) =>
    writeFileSync(join(agentOn(box, name).worktree, file), text);
  write("one", "a.txt", lines([..."Abcdefgh"]));
  write("two", "a.txt", lines([..."Xbcdefgh"]));
  write("three", "a.txt", lines([..."abcdefgH"]));
  write("four", "new.txt", "new\n");
  await box.fleet(["overlap"], at).expect({
    stdout: [
      "AGENT  AGENT  MERGE     FILES",
      "one    two    conflict  a.txt",
      "one    three  clean     a.txt",
      "two    three  clean     a.txt",
      "",
    ].join("\n"),
    stderr:
      "4 agents, 6 pairs: 1 would conflict, 2 touch the same files and merge cleanly. Unsaved work of 4 counts.\n" +
      "Without a conflict: fleet merge three four one     then conflict: two\n",
  });
  const { stdout } = await box.fleet(["overlap", "one", "two", "--json"], at);
  expect(JSON.parse(stdout)).toMatchObject({
    version: 1,
    repositories: [
      { agents: ["one", "two"], pairs: [{ a: "one", b: "two", shared: ["a.txt"], conflicts: ["a.txt"] }] },
    ],
    failures: [],
  });
  rmSync(agentOn(box, "two").worktree, { recursive: true });
  await box.fleet(["overlap", "one", "two"], at).expect({
    code: 1,
    stderr: /^1 agent, 0 pairs: .*\n✗ two: its worktree is gone: .*\n {2}to see what is there, run fleet list\n$/,
  });
});

test("a list says of each agent whom it would conflict with, whoever is listed", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files: { "a.txt": lines([..."abcdefgh"]), "b.txt": "b\n" } });
  const at = { cwd: repository.path };
  for (const name of ["one", "two", "three", "four", "five"]) await box.fleet(["create", name], at);
  const write = (name: string, file: string, text: string) =>
    writeFileSync(join(agentOn(box, name).worktree, file), text);
  write("one", "a.txt", lines([..."Abcdefgh"]));
  write("two", "a.txt", lines([..."Xbcdefgh"]));
  write("three", "a.txt", lines([..."abcdefgH"]));
  write("four", "new.txt", "new\n");
  rmSync(agentOn(box, "five").worktree, { recursive: true });
  const columns = ["list", "--overlap", "--columns", "branch,overlap", "--sort", "branch"];
  await box.fleet(columns, at).expect({
    stdout: [
      "  BRANCH  OVERLAP",
      "  five    ?",
      "  four    -",
      "  one     conflict two",
      "  three   same files one +1",
      "  two     conflict one",
      "",
    ].join("\n"),
    stderr: /^5 agents/,
  });
  const { stdout } = await box.fleet(["list", "one", "five", "--overlap", "--sort", "branch", "--json"], at);
  expect(JSON.parse(stdout).agents).toMatchObject([
    { branch: "five", overlap: null },
    {
      branch: "one",
      overlap: {
        conflicts: [{ agent: "two", files: ["a.txt"] }],
        shared: [{ agent: "three", files: ["a.txt"] }],
      },
    },
  ]);
  expect(Object.keys(JSON.parse((await box.fleet(["list", "--json"], at)).stdout).agents[0])).not.toContain("overlap");
  await box
    .fleet(["list", "one", "--columns", "overlap"], at)
    .expect({ stdout: "OVERLAP\nconflict two\n", stderr: "1 agent\n" });
});

test("a file whose name has a line end in it is one file wherever files are listed", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository("project");
  const at = { cwd: path };
  for (const name of ["one", "two"]) {
    await box.fleet(["create", name], at);
    writeFileSync(join(agentOn(box, name).worktree, "a\nb"), `${name}\n`);
  }
  await box
    .fleet(["overlap"], at)
    .expect({ stdout: /\none {4}two {4}conflict {2}a\\x0ab\n$/, stderr: /1 would conflict/ });
  await box.fleet(["compare", "--files"], at).expect({ stdout: "FILE      one    two\na\\x0ab  +1 -0  +1 -0\n" });
  await box.fleet(["compare", "-p"], at).expect({ stdout: /^a\\x0ab {2}changed by 2 of 2 attempts\n/ });
  await box.fleet(["merge", "one", "two", "--commit"], at).expect({
    code: 1,
    stdout: /one {2}merged/,
    stderr: /✗ two: two conflicts with main; nothing was changed\n {2}│ a\\x0ab\n {2}to let/,
  });
});

test("overlap changes nothing of anybody, and does not merge again what has not changed", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files: { "a.txt": "a\n" } });
  const at = { cwd: repository.path };
  const trees: string[] = [repository.path];
  for (const name of ["one", "two"]) {
    await box.fleet(["create", name], at);
    trees.push(agentOn(box, name).worktree);
    writeFileSync(join(agentOn(box, name).worktree, "a.txt"), `${name}\n`);
  }
  const audit = () => trees.flatMap((tree) => everythingIn(tree).map((path) => [path, textOf(path)] as const));
  const before = audit();
  const calls = join(box.root, "calls");
  box.executable("git", `#!/bin/sh\necho "$*" >>${calls}\nexec ${Bun.which("git")} "$@"\n`);
  await box.fleet(["overlap", "--json"], at);
  expect(audit()).toEqual(before);
  const looked = () => ["merge-tree", "diff-tree"].map((name) => readFileSync(calls, "utf8").split(name).length - 1);
  expect(looked()).toEqual([1, 1]);
  const { stdout: again } = await box.fleet(["overlap", "--json"], at);
  expect(looked()).toEqual([1, 1]);
  for (const damage of ["", "{", '[["x"]]', '[["x", [{ "path": 1 }]]]']) {
    for (const name of readdirSync(join(fleetHome(box), "agents")).filter((name) => /^(?:merges|changes)-/.test(name)))
      writeFileSync(join(fleetHome(box), "agents", name), damage);
    expect((await box.fleet(["overlap", "--json"], at)).stdout).toBe(again);
  }
  writeFileSync(join(repository.path, ".gitattributes"), "*.txt merge=union\n");
  const { stdout } = await box.fleet(["overlap", "--json"], at);
  expect(JSON.parse(stdout).repositories[0].pairs).toEqual([{ a: "one", b: "two", shared: ["a.txt"], conflicts: [] }]);
  expect(readdirSync(join(fleetHome(box), "agents")).filter((name) => name.startsWith("look"))).toEqual([]);
});

test("with a git that cannot do it overlap says so and nothing else is touched", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "one"], { cwd: path });
  const git = Bun.which("git");
  box.executable(
    "git",
    `#!/bin/sh\ncase " $* " in *" --version "*) echo git version 2.34.1; exit ;; esac\nexec ${git} "$@"\n`,
  );
  await box.fleet(["overlap"], { cwd: path }).expect({
    code: 3,
    stderr: "✗ this needs git [VERSION] or newer, and git here is 2.34\n  to see which git is used, run fleet doctor\n",
  });
  await box.fleet(["list", "--columns", "branch,overlap"], { cwd: path }).expect({
    stdout: "  BRANCH  OVERLAP\n  one     ?\n",
    stderr:
      "  ! who overlaps with whom in [ROOT]/home/code/project cannot be told: this needs git [VERSION] or newer, and git here is 2.34\n1 agent\n",
  });
});

/** A sequence of numbers below 1 that is the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const words = [..."abcdefghijklmnop"];

/** Does a few things to a worktree that make merging it with another interesting. */
function meddle(tree: string, random: () => number): void {
  const pick = <Value>(list: readonly Value[]) => list[Math.floor(random() * list.length)] as Value;
  const files = () => readdirSync(tree).filter((name) => /^[fu]\d/.test(name));
  for (let count = 0; count < 3; count += 1) {
    const file = pick(files());
    if (file === undefined) return;
    const path = join(tree, file);
    const edits = [
      () => {
        const text = readFileSync(path, "utf8").split("\n");
        text[Math.floor(random() * text.length)] = `changed ${Math.floor(random() * 3)}`;
        writeFileSync(path, text.join("\n"));
      },
      () => rmSync(path),
      () => renameSync(path, join(tree, `f${Math.floor(random() * 4) + 10}`)),
      () => chmodSync(path, 0o755),
      () => writeFileSync(join(tree, `f2${Math.floor(random() * 2)}`), `new ${Math.floor(random() * 2)}\n`),
      () => {
        rmSync(path);
        writeFileSync(path, Buffer.from([0, 1, Math.floor(random() * 2)]));
      },
    ];
    pick(edits)();
  }
}

for (const seed of [20261, 20262]) {
  test(`what overlap says of each pair is what really merging it gives (seed ${seed})`, async () => {
    await using box = await demoSandbox();
    const files = Object.fromEntries([0, 1, 2, 3, 4].map((number) => [`f${number}`, lines(words)]));
    const repository = await box.repository("project", {
      files: { ...files, u1: lines(words), ".gitattributes": "u* merge=union\nf4 -merge\n" },
    });
    const at = { cwd: repository.path };
    const commit = await repository.git("rev-parse", "HEAD");
    await repository.git("update-index", "--add", "--cacheinfo", `160000,${commit},module`);
    await repository.git("commit", "--quiet", "-m", "module");
    const names = ["a", "b", "c", "d", "e", "f"];
    const random = randomFrom(seed);
    for (const name of names) {
      await box.fleet(["create", name], at);
      const tree = agentOn(box, name).worktree;
      meddle(tree, random);
      if (random() < 0.5) {
        await repository.git("-C", tree, "add", "--all");
        const module = `160000,${(random() < 0.5 ? "1" : "2").repeat(40)},module`;
        await repository.git("-C", tree, "update-index", "--cacheinfo", module);
        await repository.git("-C", tree, "commit", "--quiet", "--allow-empty", "-m", "half");
        meddle(tree, random);
      }
    }
    const { stdout } = await box.fleet(["overlap", "--json"], at);
    const said = new Map<string, readonly string[]>(
      JSON.parse(stdout).repositories[0].pairs.map((pair: { a: string; b: string; conflicts: readonly string[] }) => [
        [pair.a, pair.b].sort().join(" "),
        pair.conflicts.toSorted(),
      ]),
    );
    for (const name of names) await commitAll(repository, agentOn(box, name).worktree);
    await repository.git("worktree", "add", "--quiet", "--detach", join(box.root, "merging"));
    const real = new Map<string, readonly string[]>();
    for (const [index, a] of names.entries()) {
      for (const b of names.slice(index + 1))
        real.set(`${a} ${b}`, await merged(repository, join(box.root, "merging"), a, b));
    }
    expect([...real].map(([pair]) => [pair, said.get(pair) ?? []])).toEqual([...real]);
    expect([...real.values()].filter((conflicts) => conflicts.length > 0).length).toBeGreaterThan(2);
  });
}

async function commitAll({ git }: Repository, tree: string): Promise<void> {
  await git("-C", tree, "add", "--all");
  await git("-C", tree, "commit", "--quiet", "--allow-empty", "-m", "rest");
}

/** The files that a merge leaves in conflict. */
async function merged({ git }: Repository, tree: string, a: string, b: string): Promise<readonly string[]> {
  await git("-C", tree, "checkout", "--quiet", "--force", "--detach", a);
  await git("-C", tree, "clean", "-qfdx");
  await git("-C", tree, "merge", "--quiet", "--no-commit", "--no-ff", b).catch(() => undefined);
  const unmerged = await git("-C", tree, "diff", "--name-only", "--diff-filter=U");
  await git("-C", tree, "reset", "--quiet", "--hard");
  return [...new Set(unmerged.split("\n").filter(Boolean))].sort();
}
