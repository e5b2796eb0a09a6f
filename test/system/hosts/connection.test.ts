import { expect, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { connect } from "../../../src/hosts/connect.ts";
import type { Host } from "../../../src/hosts/host.ts";
import { hosts, type TestHost } from "../../helpers/hosts.ts";
import { builtProgram } from "../../helpers/program.ts";
import { type Sandbox, sandbox } from "../../helpers/sandbox.ts";
import { eventually } from "../../helpers/wait.ts";

const nothing = { script: "", onLine: () => undefined };

function hostOf({ name, ssh }: TestHost): Host {
  const settings = {
    ssh,
    slots: 0,
    labels: [],
    worktree_root: "",
    env: {},
    pass_env: [],
    credentials: false,
    fleet: "",
    slurm: undefined,
  };
  return { name, settings };
}

function from(box: Sandbox) {
  return { environment: box.env, cancelled: new AbortController().signal, program: builtProgram() };
}

const nasty = ["", "two words", "it's", 'a"b', "$HOME `id` \\ \\\\", "new\nline", "{a,b} * ? ~ !", "é ünï"];

for (const shell of ["bash", "zsh", "fish"] as const) {
  test(`a script comes to a host byte for byte where the login shell is ${shell}`, async () => {
    await using box = await sandbox();
    const { far } = await hosts(box, { far: { shell } });
    const connection = await connect(hostOf(far), from(box), nothing);
    const script = `printf '%s\\0' ${nasty.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ")}; echo "$HOME" >&2; exit 7`;
    const { exitCode, stdout, stderr } = await connection.run(script);
    expect(stdout.split("\0")).toEqual([...nasty, ""]);
    expect([exitCode, stderr]).toEqual([7, `${far.home}\n`]);
    await connection.close();
  });
}

test("a script that ends with 255 is told from a link that ended", async () => {
  await using box = await sandbox();
  const { far } = await hosts(box, { far: {} });
  const connection = await connect(hostOf(far), from(box), nothing);
  expect((await connection.run("exit 255")).exitCode).toBe(255);
  const begun = join(far.home, "begun");
  const running = connection
    .run(`: >'${begun}'; while [ -e '${begun}' ]; do sleep 0.05; done`)
    .catch(({ code }) => code);
  await eventually(() => existsSync(begun), { what: "the script to begin" });
  await far.stop("connections");
  expect(await running).toBe("host-link-lost");
  rmSync(begun);
  await connection.close();
});
