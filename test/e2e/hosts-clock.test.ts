import { expect, test } from "bun:test";
import { chmodSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestHost } from "../helpers/hosts.ts";
import { demoSandbox } from "./agents.ts";
import { demoHosts } from "./demo-hosts.ts";

const hours = 3_600_000;

/** Says all moments that the program on a host tells as a clock would that is some hours ahead. */
function setClock(host: TestHost, ahead: number): void {
  const program = join(host.home, ".ai_fleet/bin/fleet");
  const real = realpathSync(program);
  const shift = join(host.home, "shift.ts");
  writeFileSync(
    shift,
    `const moment = /\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?Z/g;
const told = Bun.spawn([${JSON.stringify(real)}, ...process.argv.slice(2)], { stdin: "inherit", stderr: "inherit" });
const later = (text: string) => new Date(Date.parse(text) + ${ahead * hours}).toISOString().slice(0, 19) + "Z";
for await (const line of (await import("node:readline")).createInterface({ input: (await import("node:stream")).Readable.fromWeb(told.stdout as never) })) {
  const message = JSON.parse(line.replace(moment, later));
  if (message.hello !== undefined) message.hello.now += ${ahead * hours};
  process.stdout.write(JSON.stringify(message) + "\\n");
}
process.exit(await told.exited);
`,
  );
  rmSync(program);
  writeFileSync(program, `#!/bin/sh\n[ "$1" = api ] || exec ${real} "$@"\nexec ${process.execPath} ${shift} "$@"\n`);
  chmodSync(program, 0o755);
}

interface Listed {
  readonly created_at: string;
  readonly status_since: string | null;
}

for (const [ahead, said] of [
  [5, "ahead of"],
  [-5, "behind"],
] as const) {
  test(`ages of agents are right on a host whose clock is hours ${said} the one here, and hosts check says so`, async () => {
    await using box = await demoSandbox();
    const project = await box.repository("project");
    await using far = await demoHosts(box, ["far1"]);
    const at = { cwd: project.path, timeoutMs: 60_000 };
    setClock(far.far1, ahead);
    const began = Date.now();
    const listed = async () => JSON.parse((await box.fleet(["list", "--json"], at)).stdout).agents as readonly Listed[];
    const isOfNow = (moment: string) => Math.abs(Date.parse(moment) - began) < hours;
    await box.fleet(["create", "fix", "--host", "far1"], at).expect({ stdout: "fix\n", stderr: /./ });
    const [seen] = await listed();
    expect([seen?.created_at ?? "", seen?.status_since ?? seen?.created_at ?? ""].map(isOfNow)).toEqual([true, true]);
    const { stdout } = await box.fleet(["hosts", "check"], at);
    expect(stdout).toMatch(new RegExp(`clock +\\d{3} min ${said} the one here`));
    // What is known of it while its host is silent is by the clock here as well.
    await far.far1.stop("connections");
    expect((await listed()).map(({ created_at }) => isOfNow(created_at))).toEqual([true]);
  });
}
