import { expect, test } from "bun:test";
import { readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { acceptedText, acceptText, forgetAcceptance } from "../../../src/state/trust.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { placesIn } from "../../helpers/samples.ts";

const root = "/code/api";

test("nothing is accepted until something is", () => {
  expect(acceptedText(placesIn(temporaryFolder()), root)).toBeUndefined();
});

test("the last text that was accepted counts, byte for byte, for that repository alone", () => {
  const places = placesIn(temporaryFolder());
  acceptText(places, root, "old");
  acceptText(places, root, "\ufeff# \u0000 修\r\n");
  acceptText(places, "/code/other", "other");
  expect(acceptedText(places, root)).toBe("\ufeff# \u0000 修\r\n");
  const files = readdirSync(places.trustRoot);
  expect(files).toHaveLength(2);
  expect(files.map((file) => statSync(join(places.trustRoot, file)).mode & 0o777)).toEqual([0o600, 0o600]);
  expect(statSync(places.trustRoot).mode & 0o777).toBe(0o700);
  forgetAcceptance(places, root);
  forgetAcceptance(places, root);
  expect([acceptedText(places, root), acceptedText(places, "/code/other")]).toEqual([undefined, "other"]);
});

test("a file that is damaged, or that was put in the place of another's, accepts nothing", () => {
  const places = placesIn(temporaryFolder());
  acceptText(places, root, "text");
  const [file = ""] = readdirSync(places.trustRoot).map((name) => join(places.trustRoot, name));
  for (const damaged of [
    "",
    "{",
    "null",
    "[]",
    '{"v":1,"root":"/code/api"}',
    '{"v":2,"root":"/code/api","text":"text"}',
  ]) {
    writeFileSync(file, damaged);
    expect(acceptedText(places, root)).toBeUndefined();
  }
  forgetAcceptance(places, root);
  acceptText(places, "/code/evil", "text");
  const [other = ""] = readdirSync(places.trustRoot).map((name) => join(places.trustRoot, name));
  renameSync(other, file);
  expect(acceptedText(places, root)).toBeUndefined();
});
