import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { freshProgram } from "../../helpers/program.ts";

const countingBuild = `
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
appendFileSync("builds", "x");
if (await Bun.file("src/broken").exists()) throw new Error("cannot compile");
await Bun.sleep(100);
mkdirSync("dist", { recursive: true });
writeFileSync("dist/fleet", "");
`;

test("a program is built when it is missing or older than a source, and only then", () => {
  using project = temporaryProject();
  expect(freshProgram(project.path)).toBe(join(project.path, "dist/fleet"));
  freshProgram(project.path);
  expect(project.builds()).toBe(1);

  project.change("src/deep/main.ts");
  freshProgram(project.path);
  freshProgram(project.path);
  expect(project.builds()).toBe(2);

  rmSync(join(project.path, "dist"), { recursive: true });
  freshProgram(project.path);
  expect(project.builds()).toBe(3);
});

test("a failed build throws its output and leaves no stale program in use", () => {
  using project = temporaryProject();
  freshProgram(project.path);
  project.change("src/broken");
  expect(() => freshProgram(project.path)).toThrow(/^cannot build .*\/dist\/fleet:\n.*cannot compile/s);
  expect(() => freshProgram(project.path)).toThrow("cannot compile");
});

test("of several processes at once, one builds and all get the program", async () => {
  using project = temporaryProject();
  const helper = resolve(import.meta.dir, "../../helpers/program.ts");
  const script = `import { freshProgram } from "${helper}"; console.log(freshProgram("${project.path}"));`;
  const processes = Array.from({ length: 5 }, () => Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" }));
  const answers = await Promise.all(processes.map((process) => process.stdout.text()));
  expect(answers).toEqual(answers.map(() => `${project.path}/dist/fleet\n`));
  expect(project.builds()).toBe(1);
});

function temporaryProject() {
  const path = mkdtempSync("/tmp/harness-program-");
  const write = (name: string, text: string) => writeFileSync(join(path, name), text);
  mkdirSync(join(path, "scripts"));
  mkdirSync(join(path, "src/deep"), { recursive: true });
  write("scripts/build.ts", countingBuild);
  write("src/deep/main.ts", "");
  return {
    path,
    builds: () => readFileSync(join(path, "builds"), "utf8").length,
    /** Writes a source as an editor would a second later. */
    change(name: string) {
      write(name, "changed");
      const later = new Date(Date.now() + 1000);
      utimesSync(join(path, name), later, later);
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}
