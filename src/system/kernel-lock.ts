/** `LOCK_EX | LOCK_NB` of flock(2). */
const exclusiveAtOnce = 2 | 4;

type Flock = (file: number, operation: number) => number;
let flock: Flock | null | undefined;

/**
 * Takes the kernel's own lock of an open file, which lasts until it is closed, also by the end of its process, in whichever container that
 * was. Says whether it did; `undefined` where the C library cannot be asked. Loading it takes half a millisecond.
 */
export function lockInKernel(file: number): boolean | undefined {
  flock ??= loaded();
  return flock === null ? undefined : flock(file, exclusiveAtOnce) === 0;
}

/** The C library, by its names in glibc and musl. */
function loaded(): Flock | null {
  const { dlopen } = require("bun:ffi") as typeof import("bun:ffi");
  for (const name of ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`]) {
    try {
      return dlopen(name, { flock: { args: ["i32", "i32"], returns: "i32" } }).symbols.flock;
    } catch {
      // The other one.
    }
  }
  return null;
}
