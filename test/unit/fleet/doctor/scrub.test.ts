import { expect, test } from "bun:test";
import { scrubbed } from "../../../../src/fleet/doctor/scrub.ts";

test("what is private goes wherever it stands alone, the longest first", () => {
  const hidden = [
    ["/home/ada", "~"],
    ["ada", "<user>"],
    ["/home/ada/work", "<repository 1>"],
  ] as const;
  expect(scrubbed("/home/ada/work of ada in /home/ada, adamant", hidden)).toBe(
    "<repository 1> of <user> in ~, adamant",
  );
});

test("secrets go by how they are written, and versions, commits and paths stay", () => {
  for (const secret of [
    "sk-ant-api03-abcdefgh",
    "ghp_0123456789abcdef",
    "AIzaSyA1234567890",
    "eyJhbGciOi.eyJzdWIiOi.sig",
    "0123456789abcdefghijklmnopqrstuvwxyz",
  ]) {
    expect(scrubbed(`key ${secret}!`, [])).toBe("key <secret>!");
  }
  expect(scrubbed("https://me:pass@example.org/x and me@example.org", [])).toBe(
    "https://<user>@example.org/x and <address>",
  );
  const plain =
    "git version 2.39.5 (/usr/bin/git), 1a2b3c4, --dangerously-skip-permissions, /usr/lib/x86_64-linux-gnu/a";
  expect(scrubbed(plain, [])).toBe(plain);
});
