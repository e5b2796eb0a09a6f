import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  directoriesOnPath,
  installationsOnPath,
  packageOf,
  placeInside,
} from "../../../../src/fleet/worktree/inside/programs.ts";
import { temporaryFolder } from "../../../helpers/folder.ts";

/** An installation of node as managers of versions make it: with a link to the version that is in use. */
function installation(root: string) {
  const modules = join(root, "v20/lib/node_modules");
  mkdirSync(join(modules, "agent"), { recursive: true });
  mkdirSync(join(root, "v20/bin"));
  writeFileSync(join(modules, "agent/cli.js"), "#!/bin/sh\n");
  chmodSync(join(modules, "agent/cli.js"), 0o700);
  symlinkSync("../lib/node_modules/agent/cli.js", join(root, "v20/bin/agent"));
  symlinkSync("v20", join(root, "current"));
  return join(root, "current/bin");
}

test("a program is seen with its package, by every path that links to it lead along", () => {
  const root = temporaryFolder();
  const bin = installation(root);
  const seen = packageOf(join(bin, "agent"), {});
  for (const path of ["current/bin", "v20/bin", "v20/lib/node_modules/agent", "v20/lib/node_modules"]) {
    expect(seen).toContain(join(root, path));
  }
  symlinkSync("current/bin", join(root, "bin"));
  expect(placeInside(join(root, "bin/agent"), {})).toBe(join(root, "v20/bin/agent"));
  symlinkSync("current/lib/node_modules/agent/cli.js", join(root, "agent"));
  expect(packageOf(join(root, "agent"), {})).toContain(join(root, "current/lib/node_modules"));
});

test("of a program in a directory that the whole home is in the file alone is seen, and of a missing one nothing", () => {
  const root = temporaryFolder();
  installation(root);
  symlinkSync("current/bin/agent", join(root, "agent"));
  expect(packageOf(join(root, "agent"), { HOME: root })).not.toContain(root);
  expect(packageOf(join(root, "agent"), { HOME: root })).toContain(join(root, "agent"));
  expect(placeInside(join(root, "agent"), { HOME: root })).toBe(join(root, "v20/lib/node_modules/agent/cli.js"));
  symlinkSync("loop", join(root, "loop"));
  expect(packageOf(join(root, "loop"), {})).toEqual([]);
  expect(packageOf(join(root, "nothing"), {})).toEqual([]);
});

test("a directory on the PATH that is a link is seen, but none that the whole home is in, by whatever name", () => {
  const root = temporaryFolder();
  const home = join(root, "home");
  const bin = installation(home);
  symlinkSync("current/bin", join(home, "bin"));
  symlinkSync(".", join(home, "here"));
  symlinkSync("/", join(home, "all"));
  const PATH = [bin, join(home, "bin"), join(home, "here"), join(home, "all"), home, "/", "here", join(home, "no")];
  expect(directoriesOnPath({ HOME: home, PATH: PATH.join(":") })).toEqual([bin, join(home, "bin")]);
});

test("programs on the PATH are seen with what they look for beside them, but for what is of the home itself", () => {
  const home = temporaryFolder();
  const bin = installation(join(home, ".nvm"));
  for (const path of [
    ".pyenv/shims",
    ".pyenv/libexec",
    ".pyenv/versions",
    ".pyenv/secrets",
    "bin",
    "lib",
    "own/tools",
    "own/lib",
  ]) {
    mkdirSync(join(home, path), { recursive: true });
  }
  const PATH = [bin, ...[".pyenv/shims", "bin", "own/tools"].map((path) => join(home, path))].join(":");
  expect(installationsOnPath({ HOME: home, PATH })).toEqual(
    [".nvm/current/lib", ".pyenv/libexec", ".pyenv/versions"].map((path) => join(home, path)),
  );
});
