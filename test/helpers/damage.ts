import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import fc from "fast-check";
import { FleetError } from "../../src/errors.ts";
import { failureText } from "../../src/output/failure.ts";

type Json = Readonly<Record<string, unknown>>;

/** Values that belong nowhere: of every type, and at the edges of each. */
const strangeValues: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 2 ** 53, 1e300, -0],
  ...[
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\u001b[31m",
    "__proto__",
    "constructor",
    "-x",
    "/",
    "..",
    "../../x",
    "/etc/passwd",
  ],
  ...["x".repeat(300), "2025-05-31T23:05:00Z", "+275760-09-13T00:00:00Z", "-271821-04-20T00:00:00Z", "0".repeat(40)],
  ...[[], [null], [[]], ["x"], [{}], {}, { a: null }, { length: 1 }, JSON.parse('{"__proto__":{"polluted":true}}')],
];

const strangeValue = fc.oneof(fc.constantFrom(...strangeValues), fc.jsonValue());

/** What a JSON object may have become: keys with other values, without some, with others. */
export function changedObject(whole: Json): fc.Arbitrary<Json> {
  const keys = Object.keys(whole);
  return fc
    .record({
      values: fc.dictionary(fc.constantFrom(...keys, "__proto__", "other"), strangeValue, {
        maxKeys: 3,
        noNullPrototype: false,
      }),
      without: fc.subarray(keys, { maxLength: Math.min(1, keys.length) }),
    })
    .map(({ values, without }) =>
      Object.fromEntries(Object.entries({ ...whole, ...values }).filter(([key]) => !without.includes(key))),
    );
}

/** What the bytes of a file may have become: cut off, with other bytes in between, in another encoding, or anything at all. */
export function changedBytes(text: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array> {
  const bytes = text.map((whole) => Buffer.from(whole));
  return fc.oneof(
    { weight: 6, arbitrary: bytes },
    fc.tuple(bytes, fc.nat()).map(([whole, at]) => whole.subarray(0, at % (whole.length + 1))),
    fc.tuple(bytes, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 3 })).map(([whole, at, inserted]) => {
      const place = at % (whole.length + 1);
      return Buffer.concat([whole.subarray(0, place), inserted, whole.subarray(place)]);
    }),
    text.map((whole) => Buffer.from(`\ufeff${whole}`)),
    text.map((whole) => Buffer.from(whole.replaceAll("\n", "\r\n"))),
    text.map((whole) => Buffer.from(`${whole}\0`)),
    text.map((whole) => Buffer.from(whole, "utf16le")),
    fc.uint8Array({ maxLength: 60 }),
    fc
      .constantFrom("", "null", "[]", "{}", '""', "0", "[".repeat(100_000), `${"[".repeat(5000)}${"]".repeat(5000)}`)
      .map((whole) => Buffer.from(whole)),
  );
}

/** What is in the place of a file that is none. */
export const noFiles: Readonly<Record<string, (path: string) => void>> = {
  "a directory": (path) => void mkdirSync(path, { recursive: true }),
  "a pipe": (path) => {
    mkdirSync(dirname(path), { recursive: true });
    const { success } = Bun.spawnSync(["mkfifo", path]);
    if (!success) throw new Error(`no pipe could be made at ${path}`);
  },
};

/** Writes a file and the directories above it. */
export function place(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/**
 * What reading gives; `undefined` when it was refused as a user can understand: by a FleetError, or by the system, in either case naming
 * the path.
 *
 * @throws any other error, which is a bug, and when reading has changed what all objects inherit.
 */
export async function readOrRefused<Value>(
  path: string,
  read: () => Value | Promise<Value>,
): Promise<Value | undefined> {
  const value = await attempt(path, read);
  if ("polluted" in {}) throw new Error("what all objects inherit was changed");
  return value;
}

async function attempt<Value>(path: string, read: () => Value | Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    const { path: refused } = error as NodeJS.ErrnoException;
    const isOurs = error instanceof FleetError && error.kind !== "bug" && failureText(error).includes(path);
    if (!isOurs && refused !== path) throw error;
    return undefined;
  }
}
