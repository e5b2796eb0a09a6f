import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { Repository } from "../helpers/repository.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { scrub } from "../helpers/scrub.ts";
import { eventually } from "../helpers/wait.ts";
import { agentOn, demoSandbox, ended, registered, writeConfig } from "./agents.ts";

const configured = `clone_directories = [
  "node_modules/", "node_modules/left-pad", "packages/web/node_modules", ".venv", "./node_modules"
]\n`;

/** A project whose dependencies are installed. */
async function projectIn(box: Sandbox, files: Readonly<Record<string, string>> = {}): Promise<Repository> {
  const project = await box.repository("project", {
    files: { ".gitignore": "node_modules/\n", "packages/web/index.js": "", ...files },
  });
  project.write("node_modules/left-pad/index.js", "original\n");
  project.write("node_modules/left-pad/package.json", "{}\n");
  symlinkSync("left-pad/index.js", join(project.path, "node_modules/.bin"));
  return project;
}

/** What `create` narrates, without what depends on the file system of the machine. */
function narrated(box: Sandbox, stderr: string): string[] {
  const lines = scrub(stderr, box)
    .replaceAll(/, (?:cloned copy-on-write|copied)\b/g, ", [METHOD]")
    .split("\n");
  return lines.filter((line) => !line.startsWith("no reflinks from here "));
}

/** The lines between those that every `create` has. */
async function said(box: Sandbox, { path }: Repository, ...words: readonly string[]): Promise<string[]> {
  const { stderr } = await box
    .fleet(["create", "fix", ...words], { cwd: path })
    .expect({ stdout: "fix\n", stderr: /./ });
  const lines = narrated(box, stderr);
  return lines.slice(
    1,
    lines.findIndex((line) => line.startsWith("  agent ")),
  );
}

function inWorktree(box: Sandbox, branch = "fix"): (path: string) => string {
  return (path) => join(agentOn(box, branch).worktree, path);
}

async function expectClean(box: Sandbox, project: Repository, branch = "fix"): Promise<void> {
  const { worktree } = agentOn(box, branch);
  expect(await project.git("-C", worktree, "status", "--porcelain", "--untracked-files=all")).toBe("");
}

test("ignored directories are cloned into a new worktree, also with --quick, and git does not see them", async () => {
  await using box = await demoSandbox(configured);
  const project = await projectIn(box);
  project.write("packages/web/node_modules/react/index.js", "react\n");
  // As Python makes it: no file of the repository ignores it.
  project.write(".venv/.gitignore", "*\n");
  project.write(".venv/bin/python", "#!\n");
  expect(await said(box, project, "--quick")).toEqual([
    "  clone   node_modules, 3 files, [METHOD]  [TIME]",
    "  clone   packages/web/node_modules, 1 file, [METHOD]  [TIME]",
    "  clone   .venv, 2 files, [METHOD]  [TIME]",
  ]);
  const here = inWorktree(box);
  expect(readFileSync(here("node_modules/.bin"), "utf8")).toBe("original\n");
  expect(readFileSync(here("packages/web/node_modules/react/index.js"), "utf8")).toBe("react\n");
  expect(existsSync(here(".venv/bin/python"))).toBe(true);
  await expectClean(box, project);
  await box.fleet(["kill", "fix"], { cwd: project.path }).expect(ended("fix"));
  await expectNothingLeft(box, project);
});

test("each agent of a fan-out has clones of its own, and a hint to what is faster is given once", async () => {
  await using box = await demoSandbox(configured);
  const project = await projectIn(box);
  project.write(".venv/.gitignore", "*\n");
  const { stderr } = await box
    .fleet(["fanout", "3", "f", "-p", "work 0"], { cwd: project.path })
    .expect({ stdout: /^(?:f-A[123]\n){3}$/, stderr: /./ });
  const lines = narrated(box, stderr);
  for (const branch of ["f-A1", "f-A2", "f-A3"]) {
    expect(lines).toContain(`  ${branch}  clone: node_modules, 3 files, [METHOD]`);
    await expectClean(box, project, branch);
  }
  expect(stderr.split("no reflinks from here").length - 1).toBe(stderr.includes(", copied") ? 1 : 0);
  const copies = [project.path, ...["f-A1", "f-A2", "f-A3"].map((branch) => agentOn(box, branch).worktree)].map(
    (root) => join(root, "node_modules/left-pad/index.js"),
  );
  for (const [index, copy] of copies.entries()) writeFileSync(copy, `${index}\n`, { flag: "r+" });
  expect(copies.map((copy) => readFileSync(copy, "utf8").slice(0, 2))).toEqual(["0\n", "1\n", "2\n", "3\n"]);
});

/** What `node_modules` may be, and what is said instead of cloning it. */
const refused: Readonly<Record<string, { make(box: Sandbox, project: Repository): unknown; readonly says: string }>> = {
  "is not ignored": {
    make: (_, project) => project.write(".gitignore", ""),
    says: "is not ignored by git in the worktree; to have it cloned, add /node_modules/ to .gitignore and commit that",
  },
  "holds what is not ignored": {
    make: (_, project) => project.write(".gitignore", "node_modules/*\n!node_modules/left-pad\n"),
    says: "is not ignored by git in the worktree; to have it cloned, add /node_modules/ to .gitignore and commit that",
  },
  "takes back a part of what it ignores itself": {
    make: (_, project) => {
      project.write(".gitignore", "");
      project.write("node_modules/.gitignore", "*\n!left-pad\n");
    },
    says: "is not ignored by git in the worktree; to have it cloned, add /node_modules/ to .gitignore and commit that",
  },
  "has a file that is tracked": {
    make: (_, project) => project.git("add", "--force", "node_modules/left-pad/package.json"),
    says: "is in the worktree already, and left as it is",
  },
  "leads out of the repository": {
    make: (box, project) => {
      mkdirSync(join(box.home, "modules"));
      replace(project, box.home);
    },
    says: "leads out of the repository",
  },
  "leads to the repository itself": { make: (_, project) => replace(project, "."), says: "leads to git's own files" },
  "leads to git's files": { make: (_, project) => replace(project, ".git/objects"), says: "leads to git's own files" },
  "is a file": {
    make: (_, project) => {
      rmSync(join(project.path, "node_modules"), { recursive: true });
      project.write("node_modules", "");
    },
    says: "is not a directory",
  },
  "is a worktree": {
    make: async (_, project) => {
      rmSync(join(project.path, "node_modules"), { recursive: true });
      await project.git("worktree", "add", "--quiet", "--detach", "node_modules");
    },
    says: "is a worktree of git",
  },
};

function replace(project: Repository, target: string): void {
  rmSync(join(project.path, "node_modules"), { recursive: true });
  symlinkSync(target, join(project.path, "node_modules"));
}

for (const [what, { make, says }] of Object.entries(refused)) {
  test(`a directory that ${what} is not cloned, and the agent is made`, async () => {
    await using box = await demoSandbox('clone_directories = ["node_modules"]\n');
    const project = await projectIn(box);
    await make(box, project);
    if ((await project.git("status", "--porcelain", "--untracked-files=no")) !== "") {
      await project.git("commit", "--quiet", "--all", "--message", "as it should be");
    }
    const lines = (await said(box, project)).filter((line) => !line.includes("uncommitted file"));
    expect(lines).toEqual([`  ! not cloned: node_modules ${says}`]);
    await expectClean(box, project);
  });
}

test("what is not there, or a link that leads to itself or nowhere, is not cloned and not spoken of", async () => {
  await using box = await demoSandbox('clone_directories = ["absent", "loop", "nowhere", "packages/absent"]\n');
  const project = await projectIn(box, { ".gitignore": "node_modules/\nloop\nnowhere\n" });
  symlinkSync("loop", join(project.path, "loop"));
  symlinkSync("absent", join(project.path, "nowhere"));
  expect(await said(box, project)).toEqual([]);
});

test("a clone is not put behind a link that leads out of the worktree", async () => {
  await using box = await demoSandbox('clone_directories = ["packages/web/node_modules"]\n');
  const project = await projectIn(box);
  const elsewhere = join(box.home, "elsewhere");
  mkdirSync(elsewhere);
  rmSync(join(project.path, "packages/web"), { recursive: true });
  symlinkSync(elsewhere, join(project.path, "packages/web"));
  await project.commit("a link");
  rmSync(join(project.path, "packages/web"));
  project.write("packages/web/node_modules/file", "");
  expect(await said(box, project)).toContain("  ! not cloned: packages/web/node_modules leads out of the worktree");
  expect(existsSync(join(elsewhere, "node_modules"))).toBe(false);
});

test("a directory of a submodule is not cloned, and the others are", async () => {
  await using box = await demoSandbox('clone_directories = ["node_modules", "inner/node_modules", "inner/.venv"]\n');
  const project = await projectIn(box);
  const { path: library } = await box.repository("library");
  await project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "inner");
  await project.commit("a submodule");
  project.write("inner/node_modules/file", "");
  project.write("inner/.venv/.gitignore", "*\n");
  const lines = await said(box, project);
  expect(lines.filter((line) => !line.includes("uncommitted file"))).toEqual([
    "  ! not cloned: inner/node_modules is inside a submodule",
    "  ! not cloned: inner/.venv is inside a submodule",
    "  clone   node_modules, 3 files, [METHOD]  [TIME]",
  ]);
});

test("two names of one directory are one clone", async () => {
  await using box = await demoSandbox('clone_directories = ["packages/web/node_modules", "alias/node_modules"]\n');
  const project = await projectIn(box);
  symlinkSync("packages/web", join(project.path, "alias"));
  await project.commit("a link");
  project.write("packages/web/node_modules/file", "");
  expect(await said(box, project)).toEqual([
    expect.stringMatching(/^ {2}clone {3}(?:packages\/web|alias)\/node_modules, 1 file, \[METHOD\] {2}\[TIME\]$/),
  ]);
  await expectClean(box, project);
});

test("a directory in which the worktrees are made is not cloned into one of them", async () => {
  await using box = await demoSandbox();
  const project = await projectIn(box);
  const root = join(project.path, "node_modules/worktrees");
  writeConfig(box, `clone_directories = ["node_modules"]\nworktree_root = "${root}"\n`);
  expect(await said(box, project)).toEqual(["  ! not cloned: node_modules holds the worktrees of agents"]);
});

for (const path of ["../x", "/etc", ".git/hooks", "a/../../x", "."]) {
  test(`${path} is no directory to clone`, async () => {
    await using box = await demoSandbox(`clone_directories = ["${path}"]\n`);
    const project = await box.repository();
    await box.fleet(["create", "fix"], { cwd: project.path }).expect({
      code: 2,
      stderr:
        /^✗ .*config\.toml:1: item 1 of clone_directories: expected a path inside the repository, outside of \.git, /,
    });
    await expectNothingLeft(box, project);
  });
}

test("what is no file is left out and named, and what it lies beside is cloned with its mode", async () => {
  await using box = await demoSandbox('clone_directories = ["node_modules"]\n');
  const project = await projectIn(box);
  const there = join(project.path, "node_modules");
  await box.run(["mkfifo", join(there, "one"), join(there, "two"), join(there, "three"), join(there, "odd\nname")]);
  writeFileSync(join(there, "secret\n"), "", { mode: 0o600 });
  const lines = await said(box, project);
  const named = [/"node_modules\/one"/, /"node_modules\/two"/, /"node_modules\/three"/, /"node_modules\/odd\\nname"/];
  for (const line of lines.slice(0, 3)) {
    expect(line).toMatch(/^ {2}! left out: ".*" \(a pipe\)$/);
    expect(named.filter((name) => name.test(line)).length).toBe(1);
  }
  expect(lines.slice(3)).toEqual([
    "  ! left out: 1 more in node_modules",
    "  clone   node_modules, 4 files, [METHOD]  [TIME]",
  ]);
  expect(statSync(inWorktree(box)("node_modules/secret\n")).mode & 0o777).toBe(0o600);
});

test("an agent whose directory cannot be copied is not made, and the words of the system are passed on", async () => {
  await using box = await demoSandbox('clone_directories = ["node_modules"]\n');
  const project = await projectIn(box);
  const refusal = "cp: error writing 'node_modules/left-pad/index.js': No space left on device";
  box.executable("cp", `#!/bin/sh\necho "${refusal}" >&2\nexit 1\n`);
  await box.fleet(["create", "fix"], { cwd: project.path }).expect({
    code: 1,
    stderr: [
      "  branch  fix, new, from main@[SHA]\n",
      "✗ node_modules could not be cloned from the main checkout\n",
      `  │ ${refusal}\n`,
      "  to do without it, take it out of clone_directories with fleet config edit\n",
    ].join(""),
  });
  expect(registered(box)).toEqual([]);
  await expectNothingLeft(box, project);
});

for (const [file, what] of [
  ["secret", "node_modules"],
  [".gitignore", "a directory"],
] as const) {
  test(`a ${file} that may not be read is no reason to make an agent without it`, async () => {
    await using box = await demoSandbox('clone_directories = ["node_modules"]\n');
    const project = await projectIn(box);
    writeFileSync(join(project.path, "node_modules", file), "", { mode: 0 });
    // Root may read it all the same, unless it gives that up.
    const unprivileged =
      process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"] : [];
    const { stderr } = await box
      .run([...unprivileged, "fleet", "create", "fix"], { cwd: project.path })
      .expect({ code: 1, stderr: /./ });
    expect(stderr).toContain(`\n✗ ${what} could not be cloned from the main checkout\n  │ `);
    expect(stderr).toMatch(new RegExp(`│ .*permission denied.*|│ .*${file}.*: Permission denied`, "i"));
    await expectNothingLeft(box, project);
  });
}

/** Starts a `create` that does not get beyond its copying. */
async function createInCopying(box: Sandbox, project: Repository) {
  box.executable("cp", '#!/bin/sh\n: >"$HOME/copying"\nsleep 60 &\nsleep 60\n');
  const program = box.start(["create", "fix", "-p", "task"], { cwd: project.path });
  await eventually(() => existsSync(join(box.home, "copying")), { what: "the copying" });
  return program;
}

test("a fleet that is killed while a directory is copied leaves what the next command undoes, the copying too", async () => {
  await using box = await demoSandbox('clone_directories = ["node_modules"]\n');
  const project = await projectIn(box);
  const program = await createInCopying(box, project);
  program.signal("SIGKILL");
  await program.ended().expect({ signal: "SIGKILL", stderr: "  branch  fix, new, from main@[SHA]\n" });
  rmSync(join(box.bin, "cp"));
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at).expect({
    stdout: "fix\n",
    stderr: /^fix: its creation was interrupted.*\n {2}branch {2}fix, new, .*\n {2}clone {3}node_modules, 3 files, /,
  });
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  await expectNothingLeft(box, project);
});

test("Ctrl-C while a directory is copied ends the copying and leaves nothing", async () => {
  await using box = await demoSandbox('clone_directories = ["node_modules"]\n');
  const project = await projectIn(box);
  const program = await createInCopying(box, project);
  program.signal("SIGINT");
  await program.ended().expect({ code: 130, stderr: "  branch  fix, new, from main@[SHA]\n✗ interrupted\n" });
  await expectNothingLeft(box, project);
});

test("a killed agent is restored with its clones", async () => {
  await using box = await demoSandbox('keep_trees = 0\nclone_directories = ["node_modules"]\n');
  const project = await projectIn(box);
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  await box
    .fleet(["restore", "fix"], at)
    .expect({ stdout: /restored/, stderr: /^ {2}clone {3}node_modules, 3 files, / });
  expect(readFileSync(inWorktree(box)("node_modules/.bin"), "utf8")).toBe("original\n");
});

test("a credential file in a cloned directory is a copy: what the agent changes in it is kept at kill, and restored", async () => {
  await using box = await demoSandbox(
    'keep_trees = 0\ncredential_files = ["storage/dev.key", "gone"]\nclone_directories = ["storage"]\n',
  );
  const project = await projectIn(box, { ".gitignore": "storage/\n" });
  project.write("storage/dev.key", "original\n");
  project.write("storage/blob", "blob\n");
  const expected = ["  clone   storage, 2 files, [METHOD]  [TIME]", "  ! not copied: gone is not in the main checkout"];
  expect((await said(box, project)).filter((line) => !line.includes("uncommitted"))).toEqual(expected);
  const here = inWorktree(box);
  const at = { cwd: project.path };
  for (const text of ["changed\n", "changed again\n"]) {
    writeFileSync(here("storage/dev.key"), text);
    await box.fleet(["kill", "fix"], at).expect(ended("fix"));
    const { stderr } = await box.fleet(["restore", "fix"], at).expect({ stdout: /restored/, stderr: /./ });
    expect(narrated(box, stderr.replace("fix: ", "")).filter(Boolean)).toEqual(expected);
    expect([here("storage/dev.key"), here("storage/blob")].map((file) => readFileSync(file, "utf8"))).toEqual([
      text,
      "blob\n",
    ]);
  }
});

for (const [what, settings, place, expected] of [
  [
    "that a new worktree lacks are named",
    "",
    ".hooks/made",
    "  ! the hooks of this checkout do not run in it: .hooks/made is not there; name it in clone_directories",
  ],
  ["that are cloned are not spoken of", 'clone_directories = [".hooks/made"]\n', ".hooks/made", undefined],
  ["that setup commands may bring are not spoken of", 'setup_commands = ["true"]\n', ".hooks/made", undefined],
  ["that all worktrees share are not spoken of", "", "/", undefined],
] as const) {
  test(`hooks ${what}`, async () => {
    await using box = await demoSandbox(settings);
    const project = await box.repository("project", { files: { ".gitignore": ".hooks/made/\n" } });
    project.write(".hooks/made/pre-commit", "#!/bin/sh\nexit 1\n");
    await project.git("config", "core.hooksPath", place === "/" ? join(project.path, ".hooks/made") : place);
    const { stderr } = await box.fleet(["create", "fix"], { cwd: project.path });
    expect(stderr.split("\n").filter((line) => line.includes("hooks of"))).toEqual(
      expected === undefined ? [] : [expected],
    );
  });
}
