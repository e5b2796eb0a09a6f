import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { demoSandbox, fleetHome } from "./agents.ts";

test("a home that others may write to is refused before anything of it is read, with the line that mends it", async () => {
  await using box = await demoSandbox(`setup_commands = ["touch pwned"]\n`);
  const { path } = await box.repository();
  for (const target of [fleetHome(box), join(fleetHome(box), "config.toml")]) {
    chmodSync(target, 0o777);
    await box.fleet(["create", "fix"], { cwd: path }).expect({
      code: 2,
      stderr:
        `✗ ${target.replace(box.root, "[ROOT]")} may be written to by other users (mode 777)\n` +
        `  run chmod go-w ${target.replace(box.root, "[ROOT]")}\n`,
    });
    chmodSync(target, target.endsWith(".toml") ? 0o600 : 0o700);
  }
  expect(existsSync(join(fleetHome(box), "state.json"))).toBe(false);
});

test("a home of another user is refused", async () => {
  await using box = await demoSandbox();
  const theirs = join(box.root, "theirs");
  mkdirSync(theirs, { mode: 0o700 });
  writeFileSync(join(theirs, "config.toml"), "");
  // Only root may give a file away; for everybody else the home of root is one that belongs to another user.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await box.run(["chown", "-R", "34567", theirs]).expect();
  const home = isRoot ? theirs : "/etc";
  const { code, stderr } = await box.fleet(["list"], { env: { AI_FLEET_HOME: home } });
  expect([code, stderr.split("\n")[0]]).toEqual([2, expect.stringContaining("belongs to another user")]);
});

test("what everybody may write to for good reason is no home, and nobody is told to change its mode", async () => {
  await using box = await demoSandbox();
  const shared = join(box.root, "shared");
  mkdirSync(shared);
  chmodSync(shared, 0o1777);
  await box.fleet(["list"], { env: { AI_FLEET_HOME: shared } }).expect({
    code: 2,
    stderr:
      "✗ [ROOT]/shared may be written to by other users (mode 777)\n  set AI_FLEET_HOME to a directory of your own\n",
  });
});
