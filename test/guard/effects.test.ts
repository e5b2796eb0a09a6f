import { expect, test } from "bun:test";
import { breaches, type SourceFile, sourceFiles } from "./source-files.ts";

const files = sourceFiles("src");

test("only main.ts ends the process", () => {
  const ends = [/\bprocess\.(?:exit|exitCode|reallyExit|abort)\b/g];
  expect(breaches(without("src/main.ts"), ends, "only src/main.ts ends the process")).toEqual([]);
});

test("only system/exec.ts starts a process", () => {
  const starts = [
    /\bBun\.(?:spawn|spawnSync|\$)/g,
    /["'](?:node:)?(?:child_process|cluster)["']/g,
    /\bfrom\s+["']bun["']/g,
    /\bprocess\.execve\b/g,
  ];
  expect(breaches(without("src/system/exec.ts"), starts, "only src/system/exec.ts starts a process")).toEqual([]);
});

test("only output/ writes to the standard output and error", () => {
  const writes = [
    /\bwrite(?:v|File)?(?:Sync)?\(\s*[12]\s*,/g,
    /\bBun\.file\(\s*[12]\s*\)/g,
    /\bBun\.(?:stdout|stderr)\b/g,
    /\bfd:\s*[12]\b/g,
    /\/dev\/(?:stdout|stderr|fd\/)/g,
  ];
  expect(breaches(without("src/output/"), writes, "only src/output/ writes to fd 1 and 2")).toEqual([]);
});

test("only server/ listens", () => {
  const listens = [/\bBun\.(?:serve|listen|udpSocket)\b/g, /\bcreate(?:Secure)?Server\b/g, /\.listen\(/g];
  expect(breaches(without("src/server/"), listens, "only src/server/ listens")).toEqual([]);
});

test("nothing touches what costs more at start-up than all the rest", () => {
  const slow = [
    /\bconsole\.\w+\(/g,
    /\bprocess\.(?:stdout|stderr)\b/g,
    /\bstyleText\b/g,
    /\bfrom\s+["']consola["']/g,
    /["'](?:node:)?child_process["']/g,
  ];
  expect(breaches(files, slow, "slow to start; src/output/ writes, src/system/exec.ts runs")).toEqual([]);
});

test("fleet/ reads neither arguments nor environment: it is handed what it needs", () => {
  const fleet = files.filter(({ path }) => path.startsWith("src/fleet/"));
  const reads = [
    /\bprocess\.(?:argv|argv0|env)\b/g,
    /\bBun\.(?:argv|env)\b/g,
    /\bimport\.meta\.env\b/g,
    /["'](?:node:)?process["']/g,
  ];
  expect(breaches(fleet, reads, "src/fleet/ is handed its dependencies")).toEqual([]);
});

/** All files but the one, or those of the folder, that may. */
function without(exempt: string): SourceFile[] {
  return files.filter(({ path }) => path !== exempt && !(exempt.endsWith("/") && path.startsWith(exempt)));
}
