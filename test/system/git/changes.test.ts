import { expect, test } from "bun:test";
import { existsSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { commitsAhead, uncommittedFiles } from "../../../src/system/git/changes.ts";
import { type Sandbox, sandbox } from "../../helpers/sandbox.ts";

const program = "/bin/sh";
const changesModule = join(import.meta.dir, "../../../src/system/git/changes.ts");

async function project(box: Sandbox, files?: Readonly<Record<string, string>>) {
  const repository = await box.repository("project", files === undefined ? {} : { files });
  const place = { directory: repository.path, environment: box.env };
  return { ...repository, place };
}

test("files count that are changed, staged, deleted, renamed or unknown; ignored ones do not", async () => {
  await using box = await sandbox({ program });
  const { git, write, place } = await project(box, { ".gitignore": "*.log\n", a: "", b: "", c: "", "old name": "x\n" });
  expect(await uncommittedFiles(place)).toBe(0);
  write("ignored.log", "");
  expect(await uncommittedFiles(place)).toBe(0);
  write("a", "changed");
  write("b", "staged");
  await git("add", "b");
  await git("rm", "--quiet", "c");
  write("folder/new 1", "");
  write("folder/ü\n2", "");
  expect(await uncommittedFiles(place)).toBe(5);
  await git("mv", "old name", "new name");
  expect(await uncommittedFiles(place)).toBe(7);
});

test("looking does not write to the index that an agent works with", async () => {
  await using box = await sandbox({ program });
  const { place, path } = await project(box);
  // A file that only looks changed makes git note what it looks like now.
  utimesSync(`${path}/README.md`, 0, 0);
  const before = readFileSync(`${path}/.git/index`);
  await uncommittedFiles(place);
  expect(readFileSync(`${path}/.git/index`).equals(before)).toBe(true);
  expect(existsSync(`${path}/.git/index.lock`)).toBe(false);
});

/** A history of 40 commits, a third of them merges, written in one call. Returns the commits, the first ones first. */
async function history(box: Sandbox, path: string): Promise<string[]> {
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const commits = Array.from({ length: 40 }, (_, index) => {
    const parents = index === 0 ? [] : [...new Set([random(index), ...(random(3) === 0 ? [random(index)] : [])])];
    const lines = parents.map((parent, position) => `${position === 0 ? "from" : "merge"} :${parent + 1}`);
    return [
      `commit refs/heads/c${index}`,
      `mark :${index + 1}`,
      "committer a <a@b> 0 +0000",
      "data 0",
      ...lines,
      "",
    ].join("\n");
  });
  await box.run(["git", "-C", path, "fast-import", "--quiet"], { input: `${commits.join("\n")}\n` }).expect();
  const { stdout } = await box.run(["git", "-C", path, "rev-parse", ...commits.map((_, index) => `c${index}`)]);
  return stdout.trim().split("\n");
}

test("commits ahead are those that git counts, in a history with merges", async () => {
  await using box = await sandbox({ program });
  const { place, git, path } = await project(box);
  const commits = await history(box, path);
  for (let index = 0; index < 12; index += 1) {
    const [tip = "", base = ""] = [commits[39 - index], commits[(index * 7) % 30]];
    const ahead = (await commitsAhead(place, [{ tip, base }]))({ tip, base });
    expect(ahead.commits).toBe(Number(await git("rev-list", "--count", `${base}..${tip}`)));
  }
});

test("the commits of many branches are counted at once, each from its own base", async () => {
  await using box = await sandbox({ program });
  const { place, git, path } = await project(box);
  const commits = await history(box, path);
  const branches = [39, 38, 37, 36].map((index, position) => ({
    tip: commits[index] ?? "",
    base: commits[position * 5] ?? "",
  }));
  const counts = await commitsAhead(place, branches);
  for (const { tip, base } of branches) {
    expect(counts({ tip, base }).commits).toBe(Number(await git("rev-list", "--count", `${base}..${tip}`)));
  }
});

test("a branch that has not moved is not ahead, and one that went back is not either", async () => {
  await using box = await sandbox({ program });
  const { place, git, commit, write } = await project(box);
  const first = await git("rev-parse", "HEAD");
  write("a", "");
  const second = await commit("second");
  for (const base of [first, second]) {
    expect((await commitsAhead(place, [{ tip: first, base }]))({ tip: first, base }).commits).toBe(0);
  }
});

test("a base that is gone does not hide what the other branches have", async () => {
  await using box = await sandbox({ program });
  const { place, git, commit, write } = await project(box);
  const first = await git("rev-parse", "HEAD");
  write("a", "");
  const second = await commit("second");
  const counts = await commitsAhead(place, [
    { tip: second, base: first },
    { tip: first, base: "12".repeat(20) },
  ]);
  expect(counts({ tip: second, base: first }).commits).toBe(1);
});

test("a difference shows changed, deleted and unknown files, and leaves the index alone", async () => {
  await using box = await sandbox({ program });
  const { git, write, path } = await project(box, { a: "old\n", b: "", c: "" });
  const base = await git("rev-parse", "HEAD");
  write("a", "new\n");
  await git("rm", "--quiet", "b");
  write("new file", "text\n");
  const before = readFileSync(`${path}/.git/index`);
  const script = `import { showDiff } from ${JSON.stringify(changesModule)};
    const place = { directory: ${JSON.stringify(path)}, environment: process.env };
    const shown = await showDiff({ place, admin: "${path}/.git", scratchIndex: "${box.home}/scratch" }, "${base}", { options: ["--name-status"], shown: String });
    process.exit(shown.exitCode);`;
  await box.run([process.execPath, "-e", script]).expect({ stdout: "M\ta\nD\tb\nA\tnew file\n" });
  expect(readFileSync(`${path}/.git/index`).equals(before)).toBe(true);
  expect(existsSync(join(box.home, "scratch"))).toBe(false);
});
