import { expect, test } from "bun:test";
import { loadConfig } from "../../../src/config/load.ts";
import { hostNamed } from "../../../src/hosts/host.ts";
import { openLink } from "../../../src/hosts/link.ts";
import { configureHosts, hosts, provideProgram, type TestHost } from "../../helpers/hosts.ts";
import { builtProgram } from "../../helpers/program.ts";
import { type Sandbox, sandbox } from "../../helpers/sandbox.ts";

/** A link as a command opens it, to a host that has the program already. */
async function linkTo(box: Sandbox, host: TestHost) {
  configureHosts(box, [host]);
  const { config } = await loadConfig(box.env);
  return openLink(hostNamed(config.hosts, host.name), {
    environment: box.env,
    cancelled: new AbortController().signal,
    program: builtProgram(),
  });
}

for (const shell of ["bash", "zsh", "fish", "sh"] as const) {
  test(`the fleet of a host answers where the login shell is ${shell}`, async () => {
    await using box = await sandbox();
    const { far } = await hosts(box, { far: { shell } });
    provideProgram(box, far);
    const link = await linkTo(box, far);
    expect(await link.call("list", {})).toEqual({ agents: [] });
    expect(await link.call("nonsense", {}).catch((error) => [error.code, error.output])).toEqual([
      "unknown-operation",
      'there is no operation "nonsense"',
    ]);
    await link.close();
  });
}

test("a host without a fleet is told what to type", async () => {
  await using box = await sandbox();
  const { far } = await hosts(box, { far: {} });
  expect(await linkTo(box, far).catch(({ code, hint }) => [code, hint])).toEqual([
    "host-without-fleet",
    "to put it there, run fleet hosts add far",
  ]);
});

test("git goes over the same connection", async () => {
  await using box = await sandbox();
  const { far } = await hosts(box, { far: { shell: "fish" } });
  provideProgram(box, far);
  const project = await box.repository();
  const link = await linkTo(box, far);
  const target = `${far.home}/a b's.git`;
  await link.run(`git init -q --bare "$HOME/a b's.git"`);
  await box
    .run(["git", "push", "-q", link.gitUrl(target), "main"], { cwd: project.path, env: link.gitEnvironment })
    .expect();
  await box
    .run(["git", "ls-remote", link.gitUrl(target), "main"], { cwd: project.path, env: link.gitEnvironment })
    .expect({
      stdout: /refs\/heads\/main/,
    });
  await link.close();
});
