import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { runCommandLine, wantsJson } from "../../../src/cli/run.ts";
import { FleetError } from "../../../src/errors.ts";

test("bare fleet prints the overview, done", async () => {
  const { code, answer } = await run([]);
  expect(code).toBe(0);
  expect(answer).toStartWith("fleet runs coding agents side by side");
});

test("prints the version", async () => {
  expect(await run(["--version"])).toEqual({ code: 0, answer: "fleet 0.0.0-dev\n" });
  expect(await run(["-V"])).toEqual({ code: 0, answer: "fleet 0.0.0-dev\n" });
});

test("prints the full help, the help of a command, of an alias and of a name with sub-commands", async () => {
  expect((await run(["--help"])).answer).toStartWith("usage: fleet COMMAND ");
  expect((await run(["create", "--help"])).answer).toStartWith("usage: fleet create ");
  expect((await run(["ps", "-h"])).answer).toStartWith("usage: fleet list ");
  expect((await run(["config"])).answer).toStartWith("usage: fleet config COMMAND ");
  expect((await run(["config", "show", "-h"])).answer).toStartWith("usage: fleet config show");
});

test("the help is found behind options of the command too", async () => {
  const { code, answer } = await run(["create", "fix", "-p", "-h", "--help"]);
  expect(code).toBe(0);
  expect(answer).toStartWith("usage: fleet create ");
});

test("refuses what it does not understand", async () => {
  expect(await failure(["toString"])).toBe("unknown command toString");
  expect(await failure(["create", "fix", "--promt", "x"])).toBe("unknown option --promt; did you mean --prompt?");
  expect(await failure(["help", "-C"])).toBe("-C needs a value: -C DIR");
});

test("hands the command its operands and the program its global options", async () => {
  expect(await failure(["help", "no", "such thing"])).toBe("there is no help on no such thing");
  expect(await failure(["-C", "/no/such/directory", "help"])).toContain("/no/such/directory");
});

const json: readonly [words: readonly string[], wanted: boolean][] = [
  [["list", "--json"], true],
  [["--json", "list"], true],
  [["-C", "x", "--json", "list"], true],
  [["create", "fix", "-p", "x", "--json"], true],
  [["create", "--promt", "x", "--json"], true],
  [["config", "--json", "show"], true],
  [["creat", "--json"], true],
  [["config", "shwo", "--json"], true],
  [["create", "--json", "--", "x"], true],
  [["--json"], true],
  [[], false],
  [["list"], false],
  [["create", "fix", "-p", "--json"], false],
  [["create", "fix", "--prompt", "--json"], false],
  [["create", "fix", "--prompt=--json"], false],
  [["-C", "--json", "list"], false],
  [["prompt", "fix", "--", "--json"], false],
  [["creat", "--", "--json"], false],
];

for (const [words, wanted] of json) {
  test(`${wanted ? "takes" : "does not take"} fleet ${words.join(" ")} as a wish for JSON`, async () => {
    expect(await wantsJson(words)).toBe(wanted);
  });
}

test("what is loaded for every call is our own argument world, and no package", () => {
  const source = resolve(import.meta.dir, "../../../src");
  const loaded = [...staticImports(resolve(source, "cli/run.ts"))].map((path) => relative(source, path));
  expect(loaded.filter((path) => !path.startsWith("cli/")).sort()).toEqual([
    "config/edit-distance.ts",
    "errors.ts",
    "system/shell.ts",
  ]);
  for (const alone of ["cli/prepared.ts", "system/build.ts"]) {
    expect([...staticImports(resolve(source, alone))].map((path) => relative(source, path))).toEqual([alone]);
  }
});

async function run(words: readonly string[]): Promise<{ readonly code: number; readonly answer: string }> {
  let answer = "";
  const world = {
    environment: {},
    cancelled: new AbortController().signal,
    writeAnswer: (text: string) => {
      answer += text;
    },
  };
  return { code: await runCommandLine(words, world), answer };
}

async function failure(words: readonly string[]): Promise<string> {
  try {
    return `no failure: ${JSON.stringify(await run(words))}`;
  } catch (error) {
    if (!(error instanceof FleetError) || error.kind !== "usage") throw error;
    return error.message;
  }
}

/** The files that are loaded with a file; a package among them is named as it is imported. */
function staticImports(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file) || !file.startsWith("/")) return found.add(file);
  found.add(file);
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  for (const { path, kind } of transpiler.scanImports(readFileSync(file, "utf8"))) {
    if (kind === "import-statement") staticImports(path.startsWith(".") ? resolve(dirname(file), path) : path, found);
  }
  return found;
}
