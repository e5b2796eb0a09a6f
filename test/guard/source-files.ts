import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

export const root = resolve(import.meta.dir, "../..");

export interface SourceFile {
  /** From the root of the repository: `src/fleet/life/end.ts`. */
  readonly path: string;
  readonly text: string;
  /** The text without its comments, which may speak of what the code must not do. Every line keeps its number. */
  readonly code: string;
  readonly imports: readonly Import[];
}

export interface Import {
  /** The file from the root of the repository, or the name of a package. */
  readonly target: string;
  readonly line: number;
  /** `static`: loaded with the file. `dynamic`: loaded when the code gets there. `type`: gone at run time. */
  readonly kind: "static" | "dynamic" | "type";
}

/** Reads the TypeScript files below a folder of the repository, with markup or without, sorted by path. */
export function sourceFiles(folder: string): SourceFile[] {
  const paths = [...new Bun.Glob(`${folder}/**/*.{ts,tsx}`).scanSync({ cwd: root })].sort();
  return paths.map((path) => sourceFile(path, readFileSync(join(root, path), "utf8")));
}

/** A file as the rules see it. */
function sourceFile(path: string, text: string): SourceFile {
  const code = withoutComments(text);
  return { path, text, code, imports: importsOf(path, code) };
}

/** Every place where the code matches one of the patterns, as `FILE:LINE: RULE`. The patterns need the flag `g`. */
export function breaches(files: readonly SourceFile[], patterns: readonly RegExp[], rule: string): string[] {
  return files.flatMap(({ path, code }) =>
    patterns
      .flatMap((pattern) => [...code.matchAll(pattern)])
      .map((match) => `${path}:${lineAt(code, match.index)}: ${rule}`),
  );
}

/** The number of the line that the character at `index` is on. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

/** Names at the top of the repository that are not ignored by git. */
export function topLevel(): string[] {
  const ignored = readFileSync(join(root, ".gitignore"), "utf8")
    .split("\n")
    .map((line) => line.replace(/\/$/, ""));
  return readdirSync(root).filter((name) => name !== ".git" && !ignored.includes(name));
}

function withoutComments(text: string): string {
  const stringOrComment = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return text.replace(stringOrComment, (match, string?: string) => string ?? match.replace(/[^\n]/g, " "));
}

function importsOf(path: string, code: string): Import[] {
  const statement = /^(?:import|export)\s+(?:(type)\s+)?(?:[\w\s{},*$]+?\bfrom\s*)?["']([^"']+)["']/gm;
  const call = /\bimport\(\s*["']([^"']+)["']\s*\)/g;
  const place = (specifier: string, index: number) => ({
    target: specifier.startsWith(".") ? relative(root, join(root, dirname(path), specifier)) : specifier,
    line: lineAt(code, index),
  });
  return [
    ...[...code.matchAll(statement)].map(({ 1: type, 2: specifier = "", index }) => ({
      ...place(specifier, index),
      kind: type === undefined ? ("static" as const) : ("type" as const),
    })),
    ...[...code.matchAll(call)].map(({ 1: specifier = "", index }) => ({
      ...place(specifier, index),
      kind: "dynamic" as const,
    })),
  ];
}
