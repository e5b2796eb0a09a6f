import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { Repository } from "../helpers/repository.ts";
import { agentOn, demoSandbox } from "./agents.ts";

/** Makes a file of the main checkout that git does not know. */
function put(project: Repository, name: string, mode = 0o644): void {
  mkdirSync(join(project.path, name, ".."), { recursive: true });
  writeFileSync(join(project.path, name), `content of ${name}\n`);
  chmodSync(join(project.path, name), mode);
}

/** All files of a worktree that `git` did not check out, with their modes. */
async function given(project: Repository, worktree: string): Promise<Record<string, string>> {
  const files = (await project.git("-C", worktree, "ls-files", "-z", "--others")).split("\0").filter(Boolean);
  return Object.fromEntries(files.map((file) => [file, modeOf(join(worktree, file))]));
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

function exclude(project: Repository): string {
  return readFileSync(join(project.path, ".git/info/exclude"), "utf8");
}

interface Case {
  readonly names: readonly string[];
  readonly prepare: (project: Repository, outside: string) => void;
  readonly given: Readonly<Record<string, string>>;
  readonly warnings?: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  "a file with its mode, and the directory around it with its": {
    names: ["secrets/key"],
    prepare(project) {
      put(project, "secrets/key", 0o600);
      chmodSync(join(project.path, "secrets"), 0o700);
    },
    given: { "secrets/key": "600" },
  },
  "a directory with all that is untracked in it": {
    names: ["config/"],
    prepare(project) {
      put(project, "config/a.key");
      put(project, "config/deep/er/b.key", 0o600);
    },
    given: { "config/a.key": "644", "config/deep/er/b.key": "600" },
  },
  "patterns, within a directory and across them": {
    names: ["*.key", "**/.env", "config/[ab].key"],
    prepare(project) {
      for (const name of ["x.key", "deep/y.key", ".env", "deep/er/.env", "config/a.key", "config/c.key"])
        put(project, name);
    },
    given: { ".env": "644", "config/a.key": "644", "deep/er/.env": "644", "x.key": "644" },
  },
  "a name that looks like a pattern, when there is a file of that name": {
    names: ["[a].key"],
    prepare(project) {
      put(project, "[a].key");
      put(project, "a.key");
    },
    given: { "[a].key": "644" },
  },
  "names that an exclude file has other meanings for": {
    names: ["odd"],
    prepare(project) {
      for (const name of ["!bang", "#hash", "back\\slash", "st*r", "end ", "tab\t", 'quo"te', "-dash", "ümlaut"])
        put(project, `odd/${name}`);
    },
    given: Object.fromEntries(
      ["!bang", "#hash", "-dash", "back\\slash", "end ", 'quo"te', "st*r", "tab\t", "ümlaut"].map((name) => [
        `odd/${name}`,
        "644",
      ]),
    ),
  },
  "not what is missing": {
    names: ["absent", "no/*.key"],
    prepare: () => undefined,
    given: {},
    warnings: ["absent is not in the main checkout", "no/*.key matches no untracked file of the main checkout"],
  },
  "not what a link leads out to": {
    names: ["out", "through/secret", "links"],
    prepare(project, outside) {
      writeFileSync(join(outside, "secret"), "");
      symlinkSync(join(outside, "secret"), join(project.path, "out"));
      symlinkSync(outside, join(project.path, "through"));
      mkdirSync(join(project.path, "links"));
      symlinkSync("/etc/passwd", join(project.path, "links/passwd"));
    },
    given: {},
    warnings: [
      "links/passwd leads out of the repository",
      "out leads out of the repository",
      "through/secret leads out of the repository",
    ],
  },
  "not links that lead nowhere or in circles": {
    names: ["broken", "circle", "inside"],
    prepare(project) {
      symlinkSync("nothing", join(project.path, "broken"));
      symlinkSync("circle", join(project.path, "circle"));
      mkdirSync(join(project.path, "place"));
      symlinkSync("place", join(project.path, "inside"));
    },
    given: {},
    warnings: [
      "broken is a link that leads nowhere",
      "circle is a link that leads nowhere",
      "inside is a link to a directory",
    ],
  },
  "what a link inside stands for": {
    names: [".env"],
    prepare(project) {
      put(project, "shared.env", 0o600);
      symlinkSync("shared.env", join(project.path, ".env"));
    },
    given: { ".env": "600" },
  },
  "not what git could not be told to ignore": {
    names: ["odd"],
    prepare: (project) => put(project, "odd/two\nlines"),
    given: {},
    warnings: ['"odd/two\\nlines" has a line end in its name, so git cannot be told to ignore it'],
  },
  "what the branch has, as the branch has it": {
    names: ["tracked", "tracked.d"],
    prepare: (project) => project.write("tracked", "changed in the main checkout\n"),
    given: {},
  },
};

for (const [what, { names, prepare, given: expected, warnings = [] }] of Object.entries(cases)) {
  test(`a worktree gets ${what}`, async () => {
    await using box = await demoSandbox(`credential_files = ${JSON.stringify(names)}\n`);
    const project = await box.repository("project", { files: { tracked: "tracked\n", "tracked.d/x": "x\n" } });
    const before = exclude(project);
    prepare(project, box.temporary);
    const { stderr } = await box.fleet(["create", "fix"], { cwd: project.path });
    const { worktree } = agentOn(box, "fix");
    expect(await given(project, worktree)).toEqual({ ...expected });
    const said = stderr.split("\n").flatMap((line) => line.match(/not copied: (.*)/)?.[1] ?? []);
    expect(said.sort()).toEqual([...warnings].sort());
    expect(await project.git("-C", worktree, "status", "--porcelain")).toBe("");
    expect(readFileSync(join(worktree, "tracked"), "utf8")).toBe("tracked\n");
    await box.fleet(["kill", "fix"], { cwd: project.path });
    expect(exclude(project)).toBe(before);
  });
}

test("a FIFO among them is named and not waited for", async () => {
  await using box = await demoSandbox('credential_files = ["pipe", "pipes"]\n');
  const project = await box.repository("project");
  mkdirSync(join(project.path, "pipes"));
  await box.run(["mkfifo", join(project.path, "pipe"), join(project.path, "pipes/pipe")]);
  const { stderr } = await box.fleet(["create", "fix"], { cwd: project.path });
  expect(stderr).toContain("not copied: pipe is not a file\n");
});

test("a directory that only its owner may enter is as closed in the worktree", async () => {
  await using box = await demoSandbox('credential_files = ["secrets"]\n');
  const project = await box.repository("project");
  put(project, "secrets/inner/key");
  chmodSync(join(project.path, "secrets"), 0o700);
  chmodSync(join(project.path, "secrets/inner"), 0o750);
  await box.fleet(["create", "fix"], { cwd: project.path });
  const { worktree } = agentOn(box, "fix");
  expect([modeOf(join(worktree, "secrets")), modeOf(join(worktree, "secrets/inner"))]).toEqual(["700", "750"]);
});

test("of 30,000 files those that git ignores are copied, and too many others are not", async () => {
  await using box = await demoSandbox('credential_files = ["many", "seen"]\n');
  const project = await box.repository("project", { files: { ".gitignore": "many/\n" } });
  for (let file = 0; file <= 1000; file += 1) put(project, `seen/${file}`);
  for (let folder = 0; folder < 100; folder += 1) {
    mkdirSync(join(project.path, `many/${folder}`), { recursive: true });
    for (let file = 0; file < 300; file += 1) writeFileSync(join(project.path, `many/${folder}/${file}`), "");
  }
  const { stderr } = await box.fleet(["create", "fix"], { cwd: project.path });
  expect(stderr).toMatch(/files +many\/0\/0, many\/0\/1, many\/0\/10 and 29997 more/);
  expect(stderr).toContain(
    "not copied: 1001 files that git does not ignore, seen/0 the first; add them to .gitignore\n",
  );
  const { worktree } = agentOn(box, "fix");
  expect(readdirSync(join(worktree, "many"), { recursive: true })).toHaveLength(30_100);
  expect(await project.git("-C", worktree, "status", "--porcelain")).toBe("");
});

test("the block in info/exclude holds what the agents that are there need, and what the user wrote around it stays", async () => {
  await using box = await demoSandbox('credential_files = ["*.key"]\n');
  const project = await box.repository("project", { files: { ".gitignore": "c.key\n" } });
  const at = { cwd: project.path };
  const file = join(project.path, ".git/info/exclude");
  writeFileSync(file, "mine\nno line end");
  put(project, "a.key");
  put(project, "c.key");
  await box.fleet(["create", "one"], at);
  const lines = ["mine", "no line end", "# begin ai-fleet: ", "/a.key", "# end ai-fleet"];
  const shown = () =>
    exclude(project)
      .replace(/(begin ai-fleet: ).*/, "$1")
      .trimEnd()
      .split("\n");
  expect(shown()).toEqual(lines);
  put(project, "b.key");
  await box.fleet(["create", "two"], at);
  expect(shown()).toEqual([...lines.slice(0, 4), "/b.key", lines[4] ?? ""]);
  writeFileSync(file, `${exclude(project)}later\n`);
  await box.fleet(["kill", "two"], at);
  expect(shown()).toEqual(["mine", "no line end", "later", ...lines.slice(2)]);
  await box.fleet(["restore", "two"], at);
  expect(shown()).toEqual(["mine", "no line end", "later", lines[2] ?? "", "/a.key", "/b.key", lines[4] ?? ""]);
  await box.fleet(["kill", "--all", "-y"], at);
  expect(exclude(project)).toBe("mine\nno line end\nlater\n");
  await expectNothingLeft(box, project);
});

test("a copy stays hidden when the agent that was given the same file before is gone", async () => {
  await using box = await demoSandbox('credential_files = ["a.key"]\n');
  const project = await box.repository("project");
  const at = { cwd: project.path };
  put(project, "a.key");
  await box.fleet(["create", "one"], at);
  await box.fleet(["create", "two"], at);
  await box.fleet(["kill", "one"], at);
  expect(await project.git("-C", agentOn(box, "two").worktree, "status", "--porcelain")).toBe("");
});

test("an agent that cannot start leaves no line in info/exclude", async () => {
  await using box = await demoSandbox('credential_files = ["a.key"]\n');
  const project = await box.repository("project");
  const before = exclude(project);
  put(project, "a.key");
  const bin = join(box.home, "bin");
  mkdirSync(bin);
  const refusing = `#!/bin/sh\ncase " $* " in *" new-session "*) exit 1 ;; esac\nexec ${Bun.which("tmux")} "$@"\n`;
  writeFileSync(join(bin, "tmux"), refusing, { mode: 0o755 });
  const { code } = await box.fleet(["create", "fix"], {
    cwd: project.path,
    env: { PATH: `${bin}:${box.env.PATH}` },
  });
  expect(code).toBe(1);
  expect(exclude(project)).toBe(before);
  await expectNothingLeft(box, project);
});

test("a file whose directory is a link or a submodule in the branch is named, and nothing fails", async () => {
  await using box = await demoSandbox('credential_files = ["config/.env", "sub/.env", "ok.key"]\n');
  box.env.AI_FLEET_KEEP_TREES = "0";
  const project = await box.repository("project", { files: { "real/x": "" } });
  const inner = await box.repository("inner");
  await project.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", inner.path, "sub");
  await project.commit("a submodule");
  await project.git("switch", "--quiet", "--create", "linked");
  symlinkSync("real", join(project.path, "config"));
  await project.git("add", "--all");
  await project.commit("a link");
  await project.git("switch", "--quiet", "main");
  for (const name of ["config/.env", "sub/.env", "ok.key"]) put(project, name);
  const at = { cwd: project.path };
  const { code, stderr } = await box.fleet(["create", "linked"], at);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining("files   ok.key") });
  expect(stderr).toContain("not copied: config/.env leads through a link of the worktree\n");
  expect(stderr).toContain("not copied: sub/.env is inside a submodule\n");
  await box.fleet(["kill", "linked"], at);
  const restored = await box.fleet(["restore", "linked", "--no-resume"], at);
  expect(restored.stderr).toContain("linked: not copied: sub/.env is inside a submodule\n");
});

test("a changed copy behind a link that the agent made is neither read nor written through it", async () => {
  await using box = await demoSandbox('credential_files = ["config/key"]\n');
  const project = await box.repository("project", { files: { ".gitignore": "config\n" } });
  put(project, "config/key");
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const { worktree, id } = agentOn(box, "fix");
  const shared = join(box.home, "shared");
  mkdirSync(shared);
  writeFileSync(join(shared, "key"), "not to be touched\n");
  await box.run(["rm", "-r", join(worktree, "config")]);
  symlinkSync(shared, join(worktree, "config"));
  await box.fleet(["kill", "fix"], at);
  const ending = JSON.parse(readFileSync(join(box.home, ".ai_fleet/agents", id, "ending.json"), "utf8")) as object;
  expect(ending).toMatchObject({ files: [] });
  await box.fleet(["restore", "fix", "--no-resume"], at);
  expect(readFileSync(join(shared, "key"), "utf8")).toBe("not to be touched\n");
});

test("a file may be given into a directory that is cloned", async () => {
  await using box = await demoSandbox('credential_files = ["storage/dev.key"]\nclone_directories = ["storage"]\n');
  const project = await box.repository("project", { files: { ".gitignore": "storage/\n" } });
  put(project, "storage/dev.key", 0o600);
  put(project, "storage/deep/file");
  await box.fleet(["create", "fix"], { cwd: project.path });
  expect(await given(project, agentOn(box, "fix").worktree)).toEqual({
    "storage/dev.key": "600",
    "storage/deep/file": "644",
  });
});
