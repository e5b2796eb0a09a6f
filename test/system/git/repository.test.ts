import { expect, test } from "bun:test";
import { renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../../../src/errors.ts";
import { discoverRepository, requireRepository } from "../../../src/system/git/repository.ts";
import { type Sandbox, sandbox } from "../../helpers/sandbox.ts";

const program = "/bin/sh";

function discover(box: Sandbox, directory: string) {
  return discoverRepository({ directory, environment: box.env });
}

test("a repository is the same from its checkout, below it, through a link, and from git's own folder", async () => {
  await using box = await sandbox({ program });
  const { path, git } = await box.repository("project", { files: { "a/b/c": "" } });
  symlinkSync(path, join(box.home, "link"));
  const repository = {
    root: path,
    commonDirectory: `${path}/.git`,
    bare: false,
    head: { commit: await git("rev-parse", "HEAD"), branch: "main" },
  };
  for (const directory of [path, `${path}/a/b`, `${box.home}/link`, `${box.home}/link/a`, `${path}/.git`]) {
    expect(await discover(box, directory)).toEqual(repository);
  }
});

test("a linked worktree belongs to the main checkout, but has a head of its own", async () => {
  await using box = await sandbox({ program });
  const { path, git } = await box.repository();
  await git("worktree", "add", "--quiet", "-b", "side", `${box.home}/side`);
  expect(await discover(box, `${box.home}/side`)).toMatchObject({
    root: path,
    commonDirectory: `${path}/.git`,
    bare: false,
    head: { branch: "side" },
  });
});

test("a repository without a commit has no head", async () => {
  await using box = await sandbox({ program });
  await box.run(["git", "init", "--quiet", "fresh"]);
  expect(await discover(box, `${box.home}/fresh`)).toEqual({
    root: `${box.home}/fresh`,
    commonDirectory: `${box.home}/fresh/.git`,
    bare: false,
    head: undefined,
  });
});

test("a detached head has a commit and no branch", async () => {
  await using box = await sandbox({ program });
  const { path, git } = await box.repository();
  await git("switch", "--quiet", "--detach");
  expect((await discover(box, path))?.head).toEqual({ commit: await git("rev-parse", "HEAD"), branch: "HEAD" });
});

test("a bare repository is itself", async () => {
  await using box = await sandbox({ program });
  const { git } = await box.repository();
  await git("clone", "--quiet", "--bare", ".", `${box.home}/bare.git`);
  expect(await discover(box, `${box.home}/bare.git`)).toMatchObject({
    root: `${box.home}/bare.git`,
    commonDirectory: `${box.home}/bare.git`,
    bare: true,
    head: { branch: "main" },
  });
});

/** Where the git folder of a bare repository may lie, and its worktrees beside it. */
for (const folder of ["project.git", "project/.bare", "project/.git"]) {
  test(`the worktrees of a bare repository in ${folder} are all of the same repository`, async () => {
    await using box = await sandbox({ program });
    const { git } = await box.repository("origin");
    const bare = join(box.home, folder);
    await git("clone", "--quiet", "--bare", ".", bare);
    for (const name of ["one", "two"]) {
      await box
        .run(["git", "-C", bare, "worktree", "add", "--quiet", "-b", name, `${box.home}/project/${name}`])
        .expect();
    }
    const places = [bare, `${box.home}/project/one`, `${box.home}/project/two`];
    const roots = await Promise.all(places.map(async (place) => (await discover(box, place))?.root));
    expect(new Set(roots).size).toBe(1);
  });
}

test("a repository whose git folder lies elsewhere is known by that folder", async () => {
  await using box = await sandbox({ program });
  await box
    .run(["git", "init", "--quiet", "--separate-git-dir", `${box.home}/elsewhere`, `${box.home}/project`])
    .expect();
  expect(await discover(box, `${box.home}/project`)).toMatchObject({
    root: `${box.home}/elsewhere`,
    commonDirectory: `${box.home}/elsewhere`,
    bare: true,
  });
});

test("the worktrees of a repository whose git folder lies elsewhere are all of one repository", async () => {
  await using box = await sandbox({ program });
  await box
    .run(["git", "init", "--quiet", "--separate-git-dir", `${box.home}/elsewhere`, `${box.home}/project`])
    .expect();
  const git = (...args: string[]) => box.run(["git", "-C", `${box.home}/project`, ...args]).expect();
  await git("commit", "--quiet", "--allow-empty", "--message=first");
  for (const name of ["one", "two"]) await git("worktree", "add", "--quiet", "-b", name, `${box.home}/${name}`);
  const roots = ["one", "two", "project"].map(async (name) => (await discover(box, `${box.home}/${name}`))?.root);
  expect(new Set(await Promise.all(roots)).size).toBe(1);
});

test("a submodule is a repository of its own, as are its worktrees", async () => {
  await using box = await sandbox({ program });
  const library = await box.repository("library");
  const project = await box.repository("project");
  await project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.path, "vendor/library");
  const submodule = `${project.path}/vendor/library`;
  await box.run(["git", "-C", submodule, "worktree", "add", "--quiet", "-b", "side", `${box.home}/side`]).expect();
  for (const directory of [submodule, `${box.home}/side`]) {
    expect(await discover(box, directory)).toMatchObject({
      root: submodule,
      commonDirectory: `${project.path}/.git/modules/vendor/library`,
      bare: false,
    });
  }
});

test("a tag with the name of the branch does not change the name of the branch", async () => {
  await using box = await sandbox({ program });
  const { path, git } = await box.repository();
  await git("tag", "main");
  expect((await discover(box, path))?.head?.branch).toBe("main");
});

test("variables that point git elsewhere do not", async () => {
  await using box = await sandbox({ program });
  const { path } = await box.repository();
  const other = await box.repository("other");
  const environment = { ...box.env, GIT_DIR: `${other.path}/.git`, GIT_WORK_TREE: other.path, GIT_INDEX_FILE: "x" };
  expect((await discoverRepository({ directory: path, environment }))?.root).toBe(path);
});

test("outside of any repository there is none", async () => {
  await using box = await sandbox({ program });
  expect(await discover(box, box.home)).toBeUndefined();
  const failure = await requireRepository({ directory: box.home, environment: box.env }).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(FleetError);
  expect(failure).toMatchObject({
    kind: "failed",
    message: `${box.home} is not inside a git repository`,
    hint: expect.stringContaining("fleet -C DIRECTORY"),
  });
});

test("a repository whose path has a line end in it is refused, and a directory with one in a repository is not", async () => {
  await using box = await sandbox({ program });
  const { path } = await box.repository("project", { files: { "a\nb/c": "" } });
  expect((await discover(box, join(path, "a\nb")))?.root).toBe(path);
  const odd = join(box.home, "two\nlines");
  renameSync(path, odd);
  for (const directory of [odd, join(odd, "a\nb")])
    await expect(discover(box, directory)).rejects.toThrow("the path of this repository has a line end in it");
});

test("a repository that git refuses to read is not mistaken for none", async () => {
  await using box = await sandbox({ program });
  const { path, git, write } = await box.repository();
  await git("config", "core.repositoryFormatVersion", "99");
  write("a", "");
  const failure = await discover(box, path).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(FleetError);
  expect(failure).toMatchObject({ kind: "failed", output: expect.stringContaining("99") });
});

test("without git it is said that git is missing", async () => {
  await using box = await sandbox({ program });
  const failure = await discoverRepository({ directory: box.home, environment: { PATH: box.home } }).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ kind: "missing-tool", message: "git is not installed" });
});
