import { expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Repository } from "../helpers/repository.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { demoSandbox, textOf } from "./agents.ts";
import { demoHosts } from "./demo-hosts.ts";

/** Does what `git-lfs smudge` and `git-lfs clean` do in a repository without a server. */
const filter = `#!/bin/sh
store=$(git rev-parse --git-common-dir)/lfs/objects
pointer=$(mktemp)
trap 'rm -f "$pointer"' EXIT
cat >"$pointer"
path() { echo "$store/$(echo "$1" | cut -c1-2)/$(echo "$1" | cut -c3-4)/$1"; }
case $1 in
smudge)
  file=$(path "$(sed -n 's/^oid sha256://p' "$pointer")")
  if [ -f "$file" ]; then cat "$file"
  elif [ "$(git config lfs.skipdownloaderrors)" = true ]; then cat "$pointer"
  else echo 'not to be had' >&2; exit 2
  fi ;;
clean)
  oid=$(sha256sum <"$pointer" | cut -d' ' -f1)
  mkdir -p "$(dirname "$(path "$oid")")"
  cp "$pointer" "$(path "$oid")"
  printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize %s\\n' "$oid" "$(wc -c <"$pointer" | tr -d ' ')" ;;
esac
`;

/** A repository whose `large.bin` is a file of Git LFS; the filter is everybody's, or that of this repository alone. */
async function withLargeFile(
  box: Sandbox,
  who: "everybody" | "here",
): Promise<Repository & { readonly large: string }> {
  const program = join(box.root, "lfs-filter");
  writeFileSync(program, filter);
  chmodSync(program, 0o755);
  const project = await box.repository("project");
  for (const [name, value] of [
    ["filter.lfs.smudge", `${program} smudge`],
    ["filter.lfs.clean", `${program} clean`],
    ["filter.lfs.required", "true"],
  ] as const) {
    await project.git("config", who === "everybody" ? "--global" : "--local", name, value);
  }
  const large = "a large file\n".repeat(10_000);
  project.write(".gitattributes", "*.bin filter=lfs -text\n");
  project.write("large.bin", large);
  await project.git("add", "--all");
  await project.git("commit", "--quiet", "--message", "a large file");
  return { ...project, large };
}

test("files of Git LFS go to a host once, and what an agent there makes of them is here after a fetch, and merges", async () => {
  await using box = await demoSandbox();
  const { path: cwd, large } = await withLargeFile(box, "everybody");
  await using far = await demoHosts(box, ["far1"]);
  const at = { cwd, timeoutMs: 60_000 };
  const goes = "far1: 1 file of Git LFS (0.1 MB) goes there, once\n";
  expect((await box.fleet(["create", "fix", "--host", "far1"], at)).stderr).toContain(goes);
  expect((await box.fleet(["create", "other", "--host", "far1"], at)).stderr).not.toContain("Git LFS");
  const there = join(far.far1.home, ".ai_fleet/worktrees/fix");
  expect(readFileSync(join(there, "large.bin"), "utf8")).toBe(large);
  const change = "echo more >>large.bin; echo second >second.bin; git add --all; git commit --quiet --message larger";
  expect((await box.run(["sh", "-c", change], { cwd: there })).code).toBe(0);
  await box.fleet(["merge", "fix"], at).expect({ stdout: /fix/, stderr: /./ });
  expect(textOf(join(cwd, "large.bin"))).toBe(`${large}more\n`);
  expect(textOf(join(cwd, "second.bin"))).toBe("second\n");
});

test("a file of Git LFS that is nowhere, and a host without Git LFS, are said, and the agent is made with a pointer", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await withLargeFile(box, "here");
  await using far = await demoHosts(box, ["far1"]);
  const at = { cwd, timeoutMs: 60_000 };
  for (const file of new Bun.Glob("**/*").scanSync(join(cwd, ".git/lfs/objects"))) {
    rmSync(join(cwd, ".git/lfs/objects", file));
  }
  const { stdout, stderr } = await box.fleet(["create", "fix", "--host", "far1"], at);
  expect(stdout).toBe("fix\n");
  expect(stderr).toContain(
    "far1 has no Git LFS, so its agents see pointers; to have the files there, install git-lfs on far1 and run git lfs install\n",
  );
  expect(stderr).toContain(
    "1 file of Git LFS (0.1 MB) not here, so pointers on far1; to have them, run git lfs pull\n",
  );
  expect(textOf(join(far.far1.home, ".ai_fleet/worktrees/fix/large.bin"))).toStartWith("version https://git-lfs");
});

test("what Git LFS would have to load is a pointer on a host that has Git LFS, and no failed checkout", async () => {
  await using box = await demoSandbox();
  const { path: cwd, git } = await withLargeFile(box, "everybody");
  await using far = await demoHosts(box, ["far1"]);
  rmSync(join(cwd, ".git/lfs"), { recursive: true });
  await box
    .fleet(["create", "fix", "--host", "far1"], { cwd, timeoutMs: 60_000 })
    .expect({ stdout: "fix\n", stderr: /./ });
  expect(textOf(join(far.far1.home, ".ai_fleet/worktrees/fix/large.bin"))).toStartWith("version https://git-lfs");
  expect([existsSync(join(cwd, ".git/lfs")), await git("status", "--porcelain")]).toEqual([false, ""]);
});

test("a submodule is empty on a host, as in every new worktree, and comes there from its own address", async () => {
  await using box = await demoSandbox();
  const library = await box.repository("library", { files: { "library.txt": "of the library\n" } });
  const project = await box.repository("project");
  const git = ["git", "-c", "protocol.file.allow=always"];
  await project.git(
    "-c",
    "protocol.file.allow=always",
    "submodule",
    "--quiet",
    "add",
    `file://${library.path}`,
    "library",
  );
  await project.commit("with the library");
  await using far = await demoHosts(box, ["far1"]);
  const at = { cwd: project.path, timeoutMs: 60_000 };
  await box.fleet(["create", "fix", "--host", "far1"], at).expect({ stdout: "fix\n", stderr: /./ });
  const there = join(far.far1.home, ".ai_fleet/worktrees/fix/library/library.txt");
  expect(existsSync(there)).toBe(false);
  const update = await box.fleet(["exec", "fix", "--", ...git, "submodule", "--quiet", "update", "--init"], at);
  expect(update.code).toBe(0);
  expect(textOf(there)).toBe("of the library\n");
});
