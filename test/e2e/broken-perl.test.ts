import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { demoSandbox } from "./agents.ts";

/** Here, and for all that is started here, perl is one whose modules are gone. */
const withBrokenPerl = `
printf '#!/bin/sh\\necho "Cannot locate strict.pm" >&2; exit 2\\n' >"$HOME/perl" && chmod +x "$HOME/perl" || exit 1
mount --bind "$HOME/perl" /usr/bin/perl || exit 1
`;
const said =
  "/usr/bin/perl does not run (Cannot locate strict.pm): what leaves fix, its session and its environment is named by kill, and not ended";

if (process.platform === "linux") {
  test("where perl is there and does not run, agents start without it, and it is named with its own words", async () => {
    await using box = await demoSandbox();
    const { path } = await box.repository();
    const script = `${withBrokenPerl} fleet create fix && fleet stop fix && fleet resume fix && fleet doctor | grep daemons`;
    const { code, stdout, stderr } = await box.run(["unshare", "-rm", "sh", "-c", script], { cwd: path });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/resumed/) });
    expect(stderr.split(`  ! ${said}\n`).length).toBe(3);
    expect(stdout).toContain("since /usr/bin/perl does not run (Cannot locate strict.pm), what leaves an agent");
    await box.fleet(["list"], { cwd: path }).expect({ stdout: /\n {2}fix +idle /, stderr: "1 agent\n" });
  });

  test("where tmux keeps what has ended, agents start without a perl that does not run all the same", async () => {
    await using box = await demoSandbox();
    const { path } = await box.repository();
    writeFileSync(join(box.home, ".tmux.conf"), "set -g remain-on-exit on\n");
    const { code, stderr } = await box.run(["unshare", "-rm", "sh", "-c", `${withBrokenPerl} fleet create fix`], {
      cwd: path,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(said) });
    await box.fleet(["list"], { cwd: path }).expect({ stdout: /\n {2}fix +idle /, stderr: "1 agent\n" });
  });
}
