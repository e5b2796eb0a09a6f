import { expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { breaches, lineAt, root, type SourceFile, sourceFiles, topLevel } from "./source-files.ts";

test("the top level holds what the design names, the licence, the lock file and dot files", () => {
  const named = [
    "package.json",
    "bunfig.toml",
    "tsconfig.json",
    "src",
    "test",
    "scripts",
    "findings",
    "README.md",
    "LICENSE",
    "bun.lock",
  ];
  const strangers = topLevel().filter((name) => !name.startsWith(".") && !named.includes(name));
  expect(strangers.map((name) => `${name}:1: does not belong at the top level`)).toEqual([]);
});

test("every exported function says what it promises", () => {
  const silent = sourceFiles("src").flatMap((file) =>
    exportedFunctions(file)
      .filter(({ documented }) => !documented)
      .map(({ name, line }) => `${file.path}:${line}: ${name} has no docstring`),
  );
  expect(silent).toEqual([]);
});

test("no file names a path of the machine it was written on", () => {
  const machinePath = /(?<![\w.$~-])\/(?:work|root)\//g;
  const named = textFiles().flatMap(({ path, text }) =>
    [...text.matchAll(machinePath)].map((match) => `${path}:${lineAt(text, match.index)}: names ${match[0]}`),
  );
  expect(named).toEqual([]);
});

test("no test is skipped, put off, singled out or tried again", () => {
  const excused = [/\b(?:test|it|describe)\.(?:skip|skipIf|if|only|todo|todoIf|failing)\b/g, /\bretry:\s*\d/g];
  expect(breaches(sourceFiles("test"), excused, "a test runs, once, everywhere")).toEqual([]);
});

interface ExportedFunction {
  readonly name: string;
  readonly line: number;
  readonly documented: boolean;
}

/** The overloads of a function are one function, documented at the first. */
function exportedFunctions({ text }: SourceFile): ExportedFunction[] {
  const declarations = [
    /^export (?:default )?(?:async )?function\*? ?(\w*)/gm,
    /^export const (\w+)\b[^\n]*? = (?:async )?(?:\w+ =>|[(<][^\n]*=>|[(<]$)/gm,
  ];
  const declared = declarations
    .flatMap((declaration) => [...text.matchAll(declaration)])
    .map(({ 1: name = "", index }) => ({
      name,
      line: lineAt(text, index),
      documented: text.slice(0, index).trimEnd().endsWith("*/"),
    }));
  return declared.filter(({ name }, position) => declared.findIndex((first) => first.name === name) === position);
}

function textFiles(): { path: string; text: string }[] {
  const paths = topLevel().flatMap((name) =>
    statSync(join(root, name)).isDirectory()
      ? [...new Bun.Glob(`${name}/**`).scanSync({ cwd: root, dot: true, onlyFiles: true })]
      : [name],
  );
  return paths
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }))
    .filter(({ text }) => !text.includes("\0"));
}
