import { FleetError } from "../errors.ts";
import { isDirectory } from "./files.ts";

/** Numbers of system calls that are the same on every machine, see landlock(7). */
const createRuleset = 444n;
const addRule = 445n;
const restrictSelf = 446n;
/** Flags of open(2) and prctl(2). */
const openPath = 0o10000000;
const closeOnExec = 0o2000000;
const noNewPrivileges = 38;
const askVersion = 1n;
const pathBeneath = 1n;

/** The rights to change files, by the version of the interface that has them: reading and running are left alone. */
const writing: readonly (readonly [version: number, bits: bigint])[] = [
  // write_file, and of directories: remove and make entries of every kind.
  [1, (1n << 1n) | 0b1_1111_1111_0000n],
  // refer: link and rename from one directory to another.
  [2, 1n << 13n],
  // truncate
  [3, 1n << 14n],
];
/** Of these, what a rule for a file may give. */
const ofFiles = (1n << 1n) | (1n << 14n);
/** From this version on a process can be kept from sockets without a path, and from signals to processes that are not restricted with it. */
const scopesVersion = 6;
const scopes = 0b11n;

interface Kernel {
  call(number: bigint, ...values: readonly (bigint | number)[]): number;
  pointer(bytes: Uint8Array | BigUint64Array): number;
  open(path: string): number;
  forbidNewPrivileges(): void;
}

/** The version of Landlock that the kernel has (linux 5.13 and newer); 0 where it has none, or does not let us use it. */
export function landlockVersion(): number {
  if (process.platform !== "linux") return 0;
  return Math.max(0, kernel()?.call(createRuleset, 0, 0, askVersion) ?? 0);
}

/**
 * Takes from this thread, and from all that it becomes and starts, the right to change any file but those that are named or lie below one.
 * It cannot be given back. Paths where nothing is are left out. Throws FleetError `failed` where the kernel does not do it.
 */
export function restrictWriting(paths: readonly string[]): void {
  const version = landlockVersion();
  const linux = kernel();
  if (version === 0 || linux === undefined) throw refused();
  const rights = writing.filter(([since]) => since <= version).reduce((all, [, bits]) => all | bits, 0n);
  const attributes = new BigUint64Array([rights, 0n, version >= scopesVersion ? scopes : 0n]);
  const size = version >= scopesVersion ? 24 : 8;
  const ruleset = linux.call(createRuleset, linux.pointer(attributes), size, 0);
  if (ruleset < 0) throw refused();
  for (const path of paths) {
    const file = linux.open(path);
    if (file < 0) continue;
    const rule = Buffer.alloc(12);
    rule.writeBigUInt64LE(isDirectory(path) ? rights : rights & ofFiles, 0);
    rule.writeInt32LE(file, 8);
    if (linux.call(addRule, ruleset, pathBeneath, linux.pointer(rule), 0) !== 0) throw refused();
  }
  linux.forbidNewPrivileges();
  if (linux.call(restrictSelf, ruleset, 0) !== 0) throw refused();
}

function refused(): FleetError {
  return new FleetError("failed", "the kernel does not restrict writing (Landlock)", {
    hint: "to see which sandboxes work here, run fleet doctor",
  });
}

/** The C library, by its names in glibc and musl; loaded by those who need it. `undefined` where neither is. */
function kernel(): Kernel | undefined {
  const { dlopen, ptr } = require("bun:ffi") as typeof import("bun:ffi");
  const symbols = {
    syscall: { args: ["i64", "i64", "i64", "i64", "i64"], returns: "i64" },
    open: { args: ["ptr", "i32"], returns: "i32" },
    prctl: { args: ["i32", "i64", "i64", "i64", "i64"], returns: "i32" },
  } as const;
  for (const name of ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`]) {
    try {
      const { symbols: libc } = dlopen(name, symbols);
      const words = (values: readonly (bigint | number)[]) =>
        [...values, 0n, 0n, 0n, 0n].slice(0, 4).map(BigInt) as [bigint, bigint, bigint, bigint];
      return {
        call: (number, ...values) => Number(libc.syscall(number, ...words(values))),
        pointer: (bytes) => ptr(bytes),
        open: (path) => libc.open(ptr(Buffer.from(`${path}\0`)), openPath | closeOnExec),
        forbidNewPrivileges: () => libc.prctl(noNewPrivileges, 1n, 0n, 0n, 0n),
      };
    } catch {
      // The other one.
    }
  }
  return undefined;
}
