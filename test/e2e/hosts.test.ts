import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { configureHosts, hosts, provideProgram, type TestHost } from "../helpers/hosts.ts";
import { releaseServer } from "../helpers/release.ts";
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

/** A server that runs what it is asked for with another `uname` in front of the real one. */
function ofMachine(box: Sandbox, machine: string): readonly string[] {
  const folder = join(box.root, machine);
  mkdirSync(folder);
  writeFileSync(join(folder, "uname"), `#!/bin/sh\ncase $1 in -s) echo Linux ;; *) echo ${machine} ;; esac\n`);
  writeFileSync(join(folder, "login"), `#!/bin/sh\nPATH=${folder}:$PATH exec sh -c "$SSH_ORIGINAL_COMMAND"\n`);
  for (const name of ["uname", "login"]) chmodSync(join(folder, name), 0o755);
  return [`ForceCommand ${join(folder, "login")}`];
}

test("a host of another architecture gets the program of the release, which is downloaded once", async () => {
  await using box = await sandbox();
  const server = ofMachine(box, "aarch64");
  const { far, near } = await hosts(box, { far: { server }, near: { server } });
  const releases = releaseServer();
  const program = smallProgram(box);
  releases.publish("0.1.0", readFileSync(program, "utf8"), { platform: "linux-arm64" });
  const at = { env: { FLEET_ADDRESS: releases.address } };
  const taken = `far is linux-arm64: fleet 0.1.0 for it is taken from ${releases.address}\n`;
  await box
    .fleet(["hosts", "add", "far", ...far.words], at)
    .expect({ stdout: ready, stderr: new RegExp(`${taken}${seeMore}$`) });
  expect(programs(far)).toEqual(["fleet", nameOf(program)]);
  const asked = releases.asked.length;
  await box
    .fleet(["hosts", "add", "near", ...near.words], at)
    .expect({ stdout: ready.replace("far", "near"), stderr: seeMore.replace("far", "near") });
  expect(programs(near)).toEqual(["fleet", nameOf(program)]);
  expect(releases.asked.length).toBe(asked);
});

test("where no program for a host can be had, or not the one that the release names, the line for one of yours is said", async () => {
  await using box = await sandbox();
  const { far } = await hosts(box, { far: { server: ofMachine(box, "aarch64") } });
  const releases = releaseServer();
  const at = { env: { FLEET_ADDRESS: releases.address } };
  const add = () => box.fleet(["hosts", "add", "far", ...far.words], at);
  const refused = (reason: string) => ({
    code: 1,
    stderr: new RegExp(
      `✗ far is linux-arm64, and no fleet for it could be had: ${reason}\n  with one that you have, write \\[hosts.far\\] with ssh = "-F \\S+ far" and fleet = "PATH" by fleet config edit, then run fleet hosts add far\n$`,
    ),
  });
  await add().expect(refused("\\S+/v0.1.0/SHA256SUMS could not be downloaded"));
  releases.publish("0.1.0", "#!/bin/sh\n", { platform: "linux-riscv64" });
  await add().expect(refused("this release has no fleet for linux-arm64"));
  releases.publish("0.1.0", "#!/bin/sh\n", { platform: "linux-arm64", wrongSum: true });
  await add().expect(refused("fleet-linux-arm64.tar.\\S+ does not have the SHA-256 that the release names.*"));
  expect(readdirSync(join(box.home, ".ai_fleet/programs/0.1.0"))).toEqual([]);
  configureHosts(box, [{ ...far, table: `${far.table}fleet = "${smallProgram(box)}"\n` }]);
  await box.fleet(["hosts", "add", "far"]).expect({ stdout: ready, stderr: seeMore });
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
