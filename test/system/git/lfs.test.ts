import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { addLfsPiece, lfsPath, readLfsPiece } from "../../../src/system/git/lfs.ts";
import { sandbox } from "../../helpers/sandbox.ts";

const content = Buffer.from("0123456789");
const file = { oid: createHash("sha256").update(content).digest("hex"), bytes: content.length };

const piece = (offset: number, text: string, by = "me") => ({ file, by, offset, content: Buffer.from(text) });

test("a file of Git LFS that comes in pieces has its name once all of it is there and is what the name says", async () => {
  await using box = await sandbox();
  const repository = join(box.root, "there");
  expect(await addLfsPiece(repository, piece(0, "01234"))).toBe(true);
  expect(readLfsPiece(repository, file.oid, 0, 5)).toBeUndefined();
  // Somebody else's attempt at the same file is another.
  expect(await addLfsPiece(repository, piece(0, "01", "other"))).toBe(true);
  expect(await addLfsPiece(repository, piece(5, "56789"))).toBe(true);
  expect(readFileSync(lfsPath(repository, file.oid))).toEqual(content);
  expect([0, 4, 8, 12].map((offset) => `${readLfsPiece(repository, file.oid, offset, 4)}`)).toEqual([
    "0123",
    "4567",
    "89",
    "",
  ]);
  expect(await addLfsPiece(repository, piece(0, "x"))).toBe(true);
  expect(readFileSync(lfsPath(repository, file.oid))).toEqual(content);
});

test("what does not become that file leaves nothing", async () => {
  await using box = await sandbox();
  const repository = join(box.root, "there");
  const left = () => readdirSync(join(repository, "lfs/tmp"));
  await addLfsPiece(repository, piece(0, "01234"));
  expect([await addLfsPiece(repository, piece(5, "5678x")), left()]).toEqual([false, []]);
  await addLfsPiece(repository, piece(0, "01234"));
  expect([await addLfsPiece(repository, piece(6, "6789")), left()]).toEqual([false, []]);
  await addLfsPiece(repository, piece(0, "01234"));
  expect([await addLfsPiece(repository, piece(5, "5678910")), left()]).toEqual([false, []]);
  expect(existsSync(lfsPath(repository, file.oid))).toBe(false);
});
