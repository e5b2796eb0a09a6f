import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Place } from "./place.ts";

const linesPerFile = 60;
const filesPerFolder = 25;

/** Makes a repository with one commit of `count` text files of 3 kB, packed as one that was cloned is. */
export async function makeRepository(place: Place, count: number): Promise<string> {
  const root = join(place.root, `files-${count}`);
  for (let number = 0; number < count; number += 1) {
    const file = join(root, `package-${Math.floor(number / filesPerFolder)}`, `file-${number}.txt`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, textOf(number));
  }
  await place.run(["git", "init", "--quiet", root]);
  await place.run(["git", "add", "--all"], root);
  await place.run(["git", "commit", "--quiet", "--message", "files"], root);
  await place.run(["git", "gc", "--quiet"], root);
  return root;
}

const filesPerPackage = 50;

/**
 * Gives a repository a `node_modules` that git ignores, of `count` files in four folders a package: many small ones and some large, 5 kB
 * on average, and a link for each package. Returns its path.
 */
export async function addIgnoredModules(place: Place, repository: string, count: number): Promise<string> {
  const modules = join(repository, "node_modules");
  mkdirSync(join(modules, ".bin"), { recursive: true });
  for (let number = 0; number < count; number += 1) {
    const name = `package-${Math.floor(number / filesPerPackage)}`;
    const file = join(modules, name, ["", "lib", "dist", "dist/esm"][number % 4] ?? "", `file-${number}.js`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      file,
      textOf(number)
        .repeat(number % 20 === 0 ? 20 : 1)
        .slice(0, sizeOf(number)),
    );
    if (number % filesPerPackage === 0) symlinkSync(`../${name}/file-${number}.js`, join(modules, ".bin", name));
  }
  writeFileSync(join(repository, ".gitignore"), "node_modules/\n");
  await place.run(["git", "add", ".gitignore"], repository);
  await place.run(["git", "commit", "--quiet", "--message", "ignore"], repository);
  return modules;
}

/** Makes a project that depends on the same packages, as archives beside it, so that npm needs no network. Returns its path. */
export async function packModules(place: Place, modules: string): Promise<string> {
  const project = join(place.root, "npm-project");
  const manifest = join(place.root, "package.json");
  mkdirSync(join(project, "archives"), { recursive: true });
  const names = readdirSync(modules).filter((name) => name.startsWith("package-"));
  for (const name of names) {
    writeFileSync(manifest, JSON.stringify({ name, version: "1.0.0" }));
    const archive = join(project, "archives", `${name}.tgz`);
    const inPackage = ["--transform", "s,^,package/,"];
    await place.run([
      "tar",
      "-czf",
      archive,
      ...inPackage,
      "-C",
      place.root,
      "package.json",
      "-C",
      join(modules, name),
      ".",
    ]);
  }
  const dependencies = Object.fromEntries(names.map((name) => [name, `file:archives/${name}.tgz`]));
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "project", version: "1.0.0", dependencies }));
  return project;
}

function sizeOf(number: number): number {
  return number % 20 === 0 ? 60_000 : 500 + (number % filesPerPackage) * 80;
}

/** Every file differs from every other, so that none is stored or checked out for free. */
function textOf(number: number): string {
  const line = (index: number) =>
    `${Bun.hash(`${number} ${index}`).toString(36)} line ${index} of file ${number}, as text is\n`;
  return Array.from({ length: linesPerFile }, (_, index) => line(index)).join("");
}
