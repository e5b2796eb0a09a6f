import { expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { builtProgram } from "../helpers/program.ts";
import { type ReleaseServer, releaseServer, standIn } from "../helpers/release.ts";
import { type Sandbox, sandbox } from "../helpers/sandbox.ts";
import { everythingIn, textOf } from "./agents.ts";

const script = resolve(import.meta.dir, "../../scripts/install.sh");
const found = 'To find it, add this line to ~/.profile:  export PATH="[ROOT]/home/.local/bin:$PATH"\n';
const next = "Next: fleet doctor. To undo: fleet upgrade --uninstall\n";

function install(box: Sandbox, server: ReleaseServer, words: readonly string[] = []) {
  return box.run(["sh", script, ...words], { env: { FLEET_ADDRESS: server.address } });
}

function prefixOf(box: Sandbox): string {
  return join(box.home, ".local");
}

/** All that is below the prefix, with its content: what a failure must leave as it was. */
function installed(box: Sandbox) {
  if (!existsSync(prefixOf(box))) return [];
  return everythingIn(prefixOf(box))
    .sort()
    .map((path) => [path, textOf(path)]);
}

test("one line installs the program, its short name, its manual pages and its completions", async () => {
  await using box = await sandbox();
  const server = releaseServer();
  server.publish("1.0.0", standIn("1.0.0"));
  await install(box, server).expect({
    stderr: `installed fleet 1.0.0 in [ROOT]/home/.local/bin/fleet (and flt), with its manual pages and completions.\n${found}${next}`,
  });
  await box.run([join(prefixOf(box), "bin/fleet")]).expect({ stdout: "fleet 1.0.0\n" });
  expect(readlinkSync(join(prefixOf(box), "bin/flt"))).toBe("fleet");
  expect(lstatSync(join(prefixOf(box), "share/man/man1/fleet.1")).isFile()).toBe(true);
  expect(server.asked[0]).toBe("/releases/latest/download/SHA256SUMS");
});

test("it says nothing of PATH where the folder is on it, and takes another folder and a version", async () => {
  await using box = await sandbox();
  const server = releaseServer();
  server.publish("1.0.0", standIn("1.0.0"));
  server.publish("2.0.0", standIn("2.0.0"));
  const prefix = join(box.home, "my tools");
  await box
    .run(["sh", script, "--prefix", prefix, "--version", "v1.0.0"], {
      env: { FLEET_ADDRESS: server.address, PATH: `${prefix}/bin:${box.env.PATH}` },
    })
    .expect({
      stderr: `installed fleet 1.0.0 in [ROOT]/home/my tools/bin/fleet (and flt), with its manual pages and completions.\n${next}`,
    });
  expect(server.asked[0]).toBe("/releases/download/v1.0.0/SHA256SUMS");
});

test("a second time it upgrades, and the program that runs is not disturbed", async () => {
  await using box = await sandbox();
  const server = releaseServer();
  server.publish(
    "1.0.0",
    `#!/bin/sh\nif [ "$1" = stay ]; then read -r line; echo "fleet 1.0.0 $line"; else echo fleet 1.0.0; fi\n`,
  );
  await install(box, server);
  const running = box.run([join(prefixOf(box), "bin/fleet"), "stay"], { input: "to the end\n" });
  server.publish("2.0.0", standIn("2.0.0"));
  await install(box, server).expect({
    stderr: `upgraded fleet 1.0.0 to fleet 2.0.0 in [ROOT]/home/.local/bin/fleet. Agents that run were not touched.\n${found}${next}`,
  });
  await running.expect({ stdout: "fleet 1.0.0 to the end\n" });
  await install(box, server).expect({
    stderr: `fleet 2.0.0 was there already; its files were put in place again.\n${found}${next}`,
  });
});

test("what only the older version had is gone after an upgrade", async () => {
  await using box = await sandbox();
  const server = releaseServer();
  const pages = () => readdirSync(join(prefixOf(box), "share/man/man1")).sort();
  server.publish("1.0.0", standIn("1.0.0"));
  await install(box, server);
  writeFileSync(join(prefixOf(box), "share/man/man1/other.1"), "mine");
  expect(pages()).toEqual(["fleet-only-in-1.0.0.1", "fleet.1", "other.1"]);
  server.publish("2.0.0", standIn("2.0.0"));
  await install(box, server);
  expect(pages()).toEqual(["fleet-only-in-2.0.0.1", "fleet.1", "other.1"]);
});

test("a list of files that somebody changed makes nothing be removed that is not in the places of an installation", async () => {
  await using box = await sandbox();
  const server = releaseServer();
  server.publish("1.0.0", standIn("1.0.0"));
  await install(box, server);
  const precious = join(box.home, "precious");
  const besides = join(prefixOf(box), "besides");
  for (const file of [precious, besides]) writeFileSync(file, "mine");
  const receipt = join(prefixOf(box), "share/doc/ai-fleet/installed");
  writeFileSync(receipt, `fleet 1.0.0\n${precious}\nshare/../../precious\nbesides\nbin/fleet\n`);
  await install(box, server, ["--uninstall"]).expect({ stderr: /^removed fleet/ });
  expect([precious, besides].map((file) => existsSync(file))).toEqual([true, true]);
  expect(existsSync(join(prefixOf(box), "bin/fleet"))).toBe(false);
});

test("an upgrade that cannot put a file in its place puts back those that it had placed", async () => {
  await using box = await sandbox();
  const server = releaseServer();
  server.publish("1.0.0", standIn("1.0.0"));
  await install(box, server);
  rmSync(join(prefixOf(box), "share/zsh"), { recursive: true });
  writeFileSync(join(prefixOf(box), "share/zsh"), "no folder");
  const before = installed(box);
  server.publish("2.0.0", standIn("2.0.0"));
  await install(box, server).expect({ code: 1, stderr: /share\/zsh\/site-functions cannot be made/ });
  expect(installed(box)).toEqual(before);
});

test("a folder where the program belongs is named before anything is touched", async () => {
  await using box = await sandbox();
  const server = releaseServer();
  server.publish("1.0.0", standIn("1.0.0"));
  mkdirSync(join(prefixOf(box), "bin/flt/mine"), { recursive: true });
  await install(box, server).expect({ code: 1, stderr: /bin\/flt is a folder; nothing was installed/ });
  expect(readdirSync(prefixOf(box))).toEqual(["bin"]);
});

const damaged = [
  [
    "an archive that ends in the middle",
    { half: true },
    /does not have the SHA-256 that the release names; nothing was installed/,
  ],
  [
    "an archive that is another one",
    { wrongSum: true },
    /does not have the SHA-256 that the release names; nothing was installed/,
  ],
  ["a program that does not run here", { doesNotRun: true }, /the program does not run here: no such library/],
] as const;

for (const [what, damage, said] of damaged) {
  test(`${what} leaves everything as it was, on a fresh machine and over an older version`, async () => {
    await using box = await sandbox();
    const server = releaseServer();
    server.publish("2.0.0", standIn("2.0.0"), damage);
    const code = "doesNotRun" in damage ? 3 : 1;
    await install(box, server).expect({ code, stderr: said });
    expect(installed(box)).toEqual([]);
    server.publish("1.0.0", standIn("1.0.0"));
    await install(box, server);
    const before = installed(box);
    server.publish("2.0.0", standIn("2.0.0"), damage);
    await install(box, server).expect({ code, stderr: said });
    expect(installed(box)).toEqual(before);
  });
}

test("a disk that is full leaves everything as it was", async () => {
  await using box = await sandbox();
  const server = releaseServer();
  server.publish("1.0.0", standIn("1.0.0"));
  await install(box, server);
  const before = installed(box);
  // Random bytes, so that the archive is small enough to arrive only below the limit of 512 bytes a block.
  server.publish("2.0.0", `${standIn("2.0.0")}#${"x".repeat(2_000_000)}\n`);
  await box
    .run(["sh", "-c", `ulimit -f 64; exec sh "${script}"`], { env: { FLEET_ADDRESS: server.address } })
    .expect({ code: 1, stderr: /could not be unpacked; is the disk full\?/ });
  expect(installed(box)).toEqual(before);
});

test("an address that does not answer is named, with what to look at", async () => {
  await using box = await sandbox();
  await box.run(["sh", script], { env: { FLEET_ADDRESS: "http://127.0.0.1:1" } }).expect({
    code: 1,
    stderr:
      /http:\/\/127\.0\.0\.1:1\/releases\/latest\/download\/SHA256SUMS could not be downloaded\n {2}look at the address/,
  });
  expect(installed(box)).toEqual([]);
});

test("the archive of xz is taken where xz is, that of gzip where it is not", async () => {
  await using box = await sandbox();
  const server = releaseServer();
  server.publish("1.0.0", standIn("1.0.0"));
  await install(box, server).expect({ stderr: /^installed fleet 1\.0\.0/ });
  const env = { FLEET_ADDRESS: server.address, PATH: only(box, [...basics, ...archivers, "curl"]) };
  await box.run(["sh", script], { env }).expect({ stderr: /^fleet 1\.0\.0 was there already/ });
  expect(server.asked.map((path) => path.replace(/^.*\.tar/, ""))).toEqual([
    "/releases/latest/download/SHA256SUMS",
    ".xz",
    "/releases/latest/download/SHA256SUMS",
    ".gz",
  ]);
});

test("wget does where there is no curl", async () => {
  await using box = await sandbox();
  const server = releaseServer();
  server.publish("1.0.0", standIn("1.0.0"));
  const env = { FLEET_ADDRESS: server.address, PATH: only(box, [...basics, ...archivers, "wget"]) };
  await box.run(["sh", script], { env }).expect({ stderr: /^installed fleet 1\.0\.0/ });
  await box.run(["sh", script], { env: { ...env, FLEET_ADDRESS: "http://127.0.0.1:1" } }).expect({
    code: 1,
    stderr: /SHA256SUMS could not be downloaded/,
  });
});

/** A PATH that has these programs and no others. */
function only(box: Sandbox, programs: readonly string[]): string {
  const folder = join(box.home, "few");
  mkdirSync(folder);
  for (const name of programs) {
    const path = Bun.which(name);
    if (path !== null) symlinkSync(path, join(folder, name));
  }
  return folder;
}

const basics = [
  "sh",
  "uname",
  "mktemp",
  "mkdir",
  "rm",
  "mv",
  "ln",
  "cp",
  "sed",
  "cut",
  "head",
  "dirname",
  "rmdir",
  "cat",
  "grep",
];

const archivers = ["tar", "gzip", "find", "sha256sum"];

test("where nothing can be fetched or checked, all that is missing is said at once and nothing is installed", async () => {
  await using box = await sandbox();
  await box.run(["sh", script], { env: { PATH: only(box, basics) } }).expect({
    code: 3,
    stderr:
      "install: these programs are needed and missing: curl (or wget) tar gzip (or xz) find sha256sum (or openssl)\n" +
      "  install them with the package manager of your system, then run this again\n",
  });
  expect(existsSync(prefixOf(box))).toBe(false);
});

test("a proxy is used for all that is fetched", async () => {
  await using box = await sandbox();
  const server = releaseServer();
  server.publish("1.0.0", standIn("1.0.0"));
  await box
    .run(["sh", script], { env: { FLEET_ADDRESS: "http://releases.invalid", http_proxy: server.address } })
    .expect({ stderr: /^installed fleet 1\.0\.0/ });
  expect(server.asked[0]).toBe("releases.invalid/releases/latest/download/SHA256SUMS");
});

test("what is no installation of this script is not removed, and what is one goes without a trace", async () => {
  await using box = await sandbox();
  const server = releaseServer();
  await install(box, server, ["--uninstall"]).expect({
    code: 1,
    stderr:
      "install: nothing was installed below [ROOT]/home/.local by this script\n  sh install.sh --uninstall --prefix DIR\n",
  });
  server.publish("1.0.0", standIn("1.0.0"));
  await install(box, server);
  writeFileSync(join(prefixOf(box), "bin/other"), "mine");
  await install(box, server, ["--uninstall"]).expect({
    stderr: "removed fleet from [ROOT]/home/.local. Agents, their worktrees and ~/.ai_fleet were left alone.\n",
  });
  expect(everythingIn(prefixOf(box)).filter((path) => !lstatSync(path).isDirectory())).toEqual([
    join(prefixOf(box), "bin/other"),
  ]);
});

test("wrong words are answered before anything is touched", async () => {
  await using box = await sandbox();
  for (const [words, said] of [
    [["--prefix"], "--prefix needs a value"],
    [["--version", "../x"], "../x is no version"],
    [["--fast"], "unknown word --fast"],
  ] as const) {
    const { code, stderr } = await box.run(["sh", script, ...words]);
    expect([code, stderr.split("\n")[0]]).toEqual([2, `install: ${said}`]);
  }
  expect(existsSync(prefixOf(box))).toBe(false);
});

test("fleet upgrade does the same from inside, and only where the installer put it", async () => {
  await using box = await sandbox();
  const server = releaseServer();
  const env = { FLEET_ADDRESS: server.address };
  await box.fleet(["upgrade"], { env }).expect({
    code: 1,
    stderr: /was not put there by the installer of fleet\n {2}upgrade it the way it was installed/,
  });
  await box.fleet(["upgrade", "--uninstall"], { env }).expect({
    code: 1,
    stderr: /was not put there by the installer of fleet\n {2}remove it the way it was installed/,
  });
  expect(server.asked).toEqual([]);
  server.publish(packageJson.version, builtProgram());
  await install(box, server);
  const program = join(prefixOf(box), "bin/fleet");
  server.publish("9.0.0", standIn("9.0.0"));
  await box.run([program, "upgrade"], { env }).expect({
    stderr: `upgraded fleet ${packageJson.version} to fleet 9.0.0 in [ROOT]/home/.local/bin/fleet. Agents that run were not touched.\n${found}${next}`,
  });
  expect(readFileSync(program, "utf8")).toBe(standIn("9.0.0"));
});

test("fleet upgrade that fails says why and leaves everything as it was", async () => {
  await using box = await sandbox();
  const server = releaseServer();
  server.publish(packageJson.version, builtProgram());
  await install(box, server);
  const program = join(prefixOf(box), "bin/fleet");
  const placed = () => everythingIn(prefixOf(box)).map((path) => [path, lstatSync(path).ino, lstatSync(path).mtimeMs]);
  const before = placed();
  const upgrade = (env: Record<string, string>) => box.run([program, "upgrade", "--json"], { env });
  for (const [damage, kind, said] of [
    [{ half: true }, "failed", "does not have the SHA-256 that the release names; nothing was installed"],
    [{ wrongSum: true }, "failed", "does not have the SHA-256 that the release names; nothing was installed"],
    [{ doesNotRun: true }, "missing-tool", "the program does not run here: no such library"],
  ] as const) {
    server.publish("9.0.0", standIn("9.0.0"), damage);
    const { code, stdout } = await upgrade({ FLEET_ADDRESS: server.address });
    const { error } = JSON.parse(stdout);
    expect([code, error.kind, error.message]).toEqual([kind === "failed" ? 1 : 3, kind, expect.stringContaining(said)]);
  }
  const { stdout } = await upgrade({ FLEET_ADDRESS: "http://127.0.0.1:1" });
  expect(JSON.parse(stdout).error).toMatchObject({
    message: "http://127.0.0.1:1/releases/latest/download/SHA256SUMS could not be downloaded",
    hint: "look at the address, the network, https_proxy and the space on the disk, then run this again",
  });
  expect(placed()).toEqual(before);
});

test("fleet upgrade --uninstall removes the program", async () => {
  await using box = await sandbox();
  const server = releaseServer();
  server.publish(packageJson.version, builtProgram());
  await install(box, server);
  await box.run([join(prefixOf(box), "bin/fleet"), "upgrade", "--uninstall"]).expect({
    stderr: "removed fleet from [ROOT]/home/.local. Agents, their worktrees and ~/.ai_fleet were left alone.\n",
  });
  expect(existsSync(join(prefixOf(box), "bin/fleet"))).toBe(false);
});

test("the installer takes releases from the address of the project", () => {
  expect(readFileSync(script, "utf8")).toContain(`address=\${FLEET_ADDRESS:-${packageJson.homepage}}`);
});
