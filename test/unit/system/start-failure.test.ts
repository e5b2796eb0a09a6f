import { expect, test } from "bun:test";
import { FleetError } from "../../../src/errors.ts";
import { startFailure } from "../../../src/system/start-failure.ts";

const refused = (code: string, words: string) =>
  Object.assign(new Error(`${code}: ${words}, posix_spawn 'git'`), { code });

for (const [code, words] of [
  ["EAGAIN", "resource temporarily unavailable"],
  ["ENOMEM", "not enough memory"],
  ["EMFILE", "too many open files"],
  ["ENFILE", "file table overflow"],
  ["E2BIG", "argument list too long"],
] as const) {
  test(`a limit of the system that keeps a program from starting is no bug of ours: ${code}`, () => {
    const failure = startFailure(["git", "status"], "/", refused(code, words));
    expect(failure).toBeInstanceOf(FleetError);
    expect(failure).toMatchObject({
      kind: "failed",
      code: "refused-by-system",
      message: `git could not be started: ${words}`,
      hint: "to see the limits here, run ulimit -a",
    });
  });
}

test("a program that is missing is told from a directory that is", () => {
  const missing = refused("ENOENT", "no such file or directory");
  expect(startFailure(["git"], "/", missing)).toMatchObject({ kind: "missing-tool", code: "program-missing" });
  expect(startFailure(["git"], "/nowhere", missing)).toMatchObject({ message: "there is no directory /nowhere" });
  const strange = refused("EIO", "input/output error");
  expect(startFailure(["git"], "/", strange)).toBe(strange);
});
