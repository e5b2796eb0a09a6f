import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configureHosts, hosts, provideProgram, type TestHost } from "../helpers/hosts.ts";
import { type Sandbox, sandbox } from "../helpers/sandbox.ts";

const ready = "far is ready, with fleet 0.1.0.\n";
const seeMore = "To see what it has, run fleet hosts check far\n";

function programs({ home }: TestHost): string[] {
  return readdirSync(join(home, ".ai_fleet/bin")).sort();
}

/** What a program is called on a host. */
function nameOf(program: string): string {
  return `fleet-${createHash("sha256").update(readFileSync(program)).digest("hex").slice(0, 16)}`;
}

/** A program that is quickly brought to hosts, for the tests of how that is done. */
function smallProgram(box: Sandbox): string {
  const path = join(box.root, "small");
  const script = `#!/bin/sh\nexec '${realpathSync(join(box.bin, "fleet"))}' "$@"\n${"#".repeat(2_000_000)}\n`;
  writeFileSync(path, script, { mode: 0o755 });
  return path;
}

test("hosts add puts the program there once, and hosts check says what works there", async () => {
  await using box = await sandbox();
  const { far } = await hosts(box, { far: { shell: "fish" } });
  await box.fleet(["hosts", "add", "far", ...far.words]).expect({ stdout: ready, stderr: new RegExp(`${seeMore}$`) });
  expect(programs(far)).toEqual(["fleet", nameOf(join(box.bin, "fleet"))]);
  await box.fleet(["hosts", "add", "far"]).expect({ stdout: ready.replace(".\n", ", as it was.\n"), stderr: seeMore });
  const { stdout } = await box.fleet(["hosts", "check"]);
  expect(stdout).toMatch(
    /^far:\nok {2}ssh +-F \S+ far, reached in \d+ ms\nok {2}fleet +0\.1\.0\nok {2}room +\d+ of \d+ slots free/,
  );
  expect(stdout).toMatch(/\nok {2}git /);
  await box.fleet(["hosts", "list"]).expect({ stdout: /^HOST +SSH +SLOTS +LABELS\nfar +-F \S+ far +-\s*\n$/ });
  await box.fleet(["hosts", "remove", "far"]).expect({ stderr: "far is forgotten.\n" });
  await box.fleet(["hosts", "list"]).expect({ stderr: /^no hosts yet/ });
});

test("a program that was brought half is brought to its end, and one that was damaged on the way once more", async () => {
  await using box = await sandbox();
  const { far } = await hosts(box, { far: {} });
  const program = smallProgram(box);
  configureHosts(box, [{ ...far, table: `${far.table}fleet = "${program}"\n` }]);
  await box.fleet(["hosts", "add", "far"]).expect({ stdout: ready, stderr: seeMore });
  const owner = readFileSync(join(box.home, ".ai_fleet/owner"), "utf8").slice(0, 8);
  const [name, whole] = [nameOf(program), readFileSync(program)];
  const longer = Buffer.concat([whole, whole]);
  for (const begun of [whole.subarray(0, 1_000_000), new Uint8Array(1_000_000), longer]) {
    for (const each of programs(far)) rmSync(join(far.home, ".ai_fleet/bin", each));
    writeFileSync(join(far.home, `.ai_fleet/bin/.${name}-${owner}.part`), begun);
    await box.fleet(["hosts", "add", "far"]).expect({ stdout: ready, stderr: seeMore });
    expect(programs(far)).toEqual(["fleet", name]);
    expect(readFileSync(join(far.home, ".ai_fleet/bin", name)).equals(whole)).toBe(true);
  }
});

test("another fleet on a host is replaced with consent alone", async () => {
  await using box = await sandbox();
  const { far } = await hosts(box, { far: {} });
  provideProgram(box, far);
  const program = smallProgram(box);
  configureHosts(box, [{ ...far, table: `${far.table}fleet = "${program}"\n` }]);
  const link = join(far.home, ".ai_fleet/bin/fleet");
  const target = readlinkSync(link);
  await box.fleet(["hosts", "add", "far"]).expect({
    code: 1,
    stderr: "✗ far has another fleet, 0.1.0, which stays\n  to replace it, run fleet hosts add far -y\n",
  });
  expect(readlinkSync(link)).toBe(target);
  await box.fleet(["hosts", "add", "far", "-y"]).expect({ stdout: ready, stderr: seeMore });
  expect(readlinkSync(link)).toBe(nameOf(program));
});

test("a host with a fleet of another major version is told apart, with the line to type", async () => {
  await using box = await sandbox();
  const { far } = await hosts(box, { far: {} });
  configureHosts(box, [far]);
  provideProgram(box, far);
  const link = join(far.home, ".ai_fleet/bin/fleet");
  rmSync(link);
  const newer = join(far.bin, "newer");
  symlinkSync(newer, link);
  writeFileSync(newer, `#!/bin/sh\necho '{"hello":{"api":2,"fleet":"2.0.0"}}'; cat >/dev/null\n`, { mode: 0o755 });
  await box.fleet(["hosts", "check", "far"]).expect({
    code: 1,
    stdout:
      /far has fleet 2\.0\.0, and this is 0\.1\.0: they do not speak with each other +to get the newer one here, run fleet upgrade\n$/,
  });
});

const faults: readonly {
  readonly what: string;
  readonly said: RegExp;
  readonly client?: readonly string[];
  readonly before?: (host: TestHost, box: Sandbox) => unknown;
}[] = [
  {
    what: "that does not listen",
    said: /far cannot be reached: connect to host 127\.0\.0\.1 port \d+: Connection refused/,
    before: (far) => far.stop(),
  },
  {
    what: "whose key is not known",
    said: /its host key is not known yet, and is not accepted unseen/,
    before: (_, box) => writeFileSync(join(box.root, "hosts/known"), ""),
  },
  {
    what: "with another key than before",
    said: /it has another host key than the one you know/,
    before: (_, box) => {
      const other = readFileSync(join(box.root, "hosts/user.pub"), "utf8").split(" ").slice(0, 2).join(" ");
      writeFileSync(join(box.root, "hosts/known"), `* ${other}\n`);
    },
  },
  {
    what: "that lets nobody in",
    said: /it does not let you in/,
    client: ["IdentityFile /dev/null"],
    before: (_, box) => rmSync(join(box.root, "hosts/user")),
  },
  { what: "whose name nobody knows", said: /nobody knows its name/, client: ["HostName far.invalid"] },
  { what: "that says nothing", said: /no answer in 5 s|timed out/i, client: ["ProxyCommand sleep 60"] },
];

for (const { what, said, client = [], before } of faults) {
  test(`a host ${what} is said to be so, and no socket stays`, async () => {
    await using box = await sandbox();
    const { far } = await hosts(box, { far: { client } });
    await before?.(far, box);
    const { code, stderr } = await box.fleet(["hosts", "add", "far", ...far.words]);
    expect({ code, said: said.test(stderr) ? "so" : stderr }).toEqual({ code: 1, said: "so" });
    await box.fleet(["hosts", "list"]).expect({ stderr: /no hosts yet/ });
    expect(readdirSync(box.temporary).filter((name) => name.startsWith("fleet-ssh-"))).toEqual([]);
  });
}
