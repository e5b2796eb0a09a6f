import { mkdirSync, writeFileSync } from "node:fs";
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

/** Every file differs from every other, so that none is stored or checked out for free. */
function textOf(number: number): string {
  const line = (index: number) =>
    `${Bun.hash(`${number} ${index}`).toString(36)} line ${index} of file ${number}, as text is\n`;
  return Array.from({ length: linesPerFile }, (_, index) => line(index)).join("");
}
