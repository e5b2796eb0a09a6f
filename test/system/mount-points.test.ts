import { expect, test } from "bun:test";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { makeMountPoints, trialView } from "../../src/sandboxes/container.ts";
import { temporaryFolder } from "../helpers/folder.ts";

test("what a container is mounted on is made by us, directories and files, and only what is missing", () => {
  const place = temporaryFolder();
  const mounts = [
    { path: "/home/a/work", from: place },
    { path: "/home/a/.login", from: "/dev/null" },
  ];
  const view = { ...trialView(place), mounts: [...mounts, { path: "/nowhere", optional: true } as const] };
  makeMountPoints(view);
  makeMountPoints(view);
  const made = readdirSync(join(place, "root"), { recursive: true, withFileTypes: true });
  const found = made.map(
    (entry) => `${join(entry.parentPath, entry.name).slice(`${place}/root`.length)}${entry.isDirectory() ? "/" : ""}`,
  );
  expect(found).toEqual(
    expect.arrayContaining([
      "/proc/",
      "/sys/",
      "/dev/",
      "/tmp/",
      "/var/tmp/",
      "/usr/",
      "/home/a/work/",
      "/home/a/.login",
    ]),
  );
  expect(found).not.toContain("/nowhere/");
  // A runtime may give what it mounts there the mode of what it is mounted on.
  const modeOf = (path: string) => statSync(join(place, "root", path)).mode & 0o7777;
  expect(["dev", "etc", "tmp"].map(modeOf)).toEqual([0o755, 0o755, 0o1777]);
});
