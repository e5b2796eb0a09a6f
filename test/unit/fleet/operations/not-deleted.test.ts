import { expect, test } from "bun:test";
import { notDeleted } from "../../../../src/fleet/operations/prune/not-deleted.ts";

const refused = (code: string, words: string) => Object.assign(new Error(`${code}: ${words}, rm '/t/1'`), { code });

test("what the system does not let go is named with the line that deletes it", () => {
  const marked = refused("EPERM", "operation not permitted");
  expect(notDeleted("/t/a b", marked, "linux")).toBe(
    "/t/a b: operation not permitted; to delete it, run sudo chattr -R -f -ia '/t/a b'; sudo rm -rf '/t/a b'",
  );
  expect(notDeleted("/t/1", marked, "darwin")).toBe(
    "/t/1: operation not permitted; to delete it, run sudo rm -rf /t/1",
  );
  expect(notDeleted("/t/1", refused("EACCES", "permission denied"), "linux")).toBe(
    "/t/1: permission denied; to delete it, run sudo rm -rf /t/1",
  );
});

test("what is no refusal of the system is no word about a path", () => {
  expect(notDeleted("/t/1", refused("ENOENT", "no such file or directory"))).toBe(undefined);
  expect(notDeleted("/t/1", new Error("a bug"))).toBe(undefined);
  expect(notDeleted("/t/1", "nothing")).toBe(undefined);
});
