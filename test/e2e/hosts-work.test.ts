import { expect, test } from "bun:test";
import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { demoSandbox, fleetHome, textOf } from "./agents.ts";
import { demoHosts } from "./demo-hosts.ts";

const placesIn = (stderr: string) =>
  Object.fromEntries([...stderr.matchAll(/^(far\d): (.+)$/gm)].map(([, host, names]) => [host, names]));

/** The commits that agents on hosts are at, by what was just fetched. */
async function headsOf(box: Sandbox, cwd: string): Promise<string[]> {
  const { stdout } = await box.fleet(["fetch", "--json"], { cwd });
  return JSON.parse(stdout).agents.map(({ work }: { readonly work: { readonly head: string } }) => work.head);
}

test("a fan-out goes over three hosts, and what its agents did is compared, shown and merged here", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using far = await demoHosts(box, ["far1", "far2", "far3"]);
  const cwd = project.path;
  const base = await project.git("rev-parse", "HEAD");
  const made = await box.fleet(["fanout", "6", "x", "-p", "note", "--host", "any"], { cwd, timeoutMs: 60_000 });
  expect(made).toMatchObject({ code: 0, stdout: "x-A1\nx-A2\nx-A3\nx-A4\nx-A5\nx-A6\n" });
  expect(placesIn(made.stderr)).toEqual({ far1: "x-A1, x-A4", far2: "x-A2, x-A5", far3: "x-A3, x-A6" });
  await eventually(async () => (await headsOf(box, cwd)).every((head) => head !== base), { what: "six notes" });
  const listed = JSON.parse((await box.fleet(["list", "--json"], { cwd })).stdout).agents as {
    readonly host: string;
  }[];
  expect(listed.map(({ host }) => host).sort()).toEqual(["far1", "far1", "far2", "far2", "far3", "far3"]);
  await box.fleet(["prompt", "far1:x-A4", "note again"], { cwd }).expect({ stdout: "  x-A4  submitted\n" });
  writeFileSync(join(far.far2.home, ".ai_fleet/worktrees/x-A2/more.txt"), "unsaved\n");
  await box.fleet(["fetch", "x-A2"], { cwd }).expect({ stdout: "  x-A2  far2  [SHA], and 1 unsaved file\n" });
  expect((await box.fleet(["diff", "far2:x-A2", "--name-only"], { cwd })).stdout).toContain("more.txt");
  const compared = await box.fleet(["compare", "x", "--json"], { cwd, timeoutMs: 60_000 });
  expect(JSON.parse(compared.stdout).agents).toHaveLength(6);
  await box.fleet(["merge", "x-A2"], { cwd }).expect({ code: 1, stderr: /x-A2 has \d unsaved files?/ });
  await box.fleet(["merge", "x-A2", "--commit"], { cwd }).expect({ stdout: /x-A2 {2}merged/, stderr: /Undo/ });
  expect(await project.git("show", "main:more.txt")).toBe("unsaved");
  writeFileSync(join(far.far3.home, ".ai_fleet/worktrees/x-A3/late.txt"), "late\n");
  const killed = await box.fleet(["kill", "far3:x-A3", "x-A1"], { cwd });
  expect(killed).toMatchObject({ code: 0, stderr: "2 of 2 ended. Undo: fleet restore --last\n" });
  expect(killed.stdout).toMatch(/^ {2}x-A3 {2}ended {2}branch kept {2}on far3: .*\n {2}x-A1 {2}ended /);
  // Also when the machine is gone for good.
  await far.far3.stop();
  await box.fleet(["restore", "x-A3"], { cwd }).expect({ stdout: "  x-A3  restored  running again\n" });
  expect(await box.run(["cat", join(box.home, ".ai_fleet/worktrees/x-A3/late.txt")])).toMatchObject({
    stdout: "late\n",
  });
});

test("a prompt to agents on hosts is waited for, and what they reply is printed as here", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using _ = await demoHosts(box, ["far1", "far2"]);
  const at = { cwd: project.path, timeoutMs: 60_000 };
  await box.fleet(["create", "here", "-p", "work 0", "--wait"], at);
  await box.fleet(["create", "fix", "-p", "work 0", "--host", "far1", "--wait"], at).expect({
    stdout: "I worked for 0 s.\n",
    stderr: /^far1: fix\n/,
  });
  await box.fleet(["fanout", "2", "x", "-p", "work 0", "--host", "any", "--wait"], at).expect({
    stdout: "x-A1 | I worked for 0 s.\nx-A2 | I worked for 0 s.\n",
    stderr: /^far\d: x-A/,
  });
  await box.fleet(["prompt", "far1:fix", "work 1", "--wait"], at).expect({ stdout: "I worked for 1 s.\n", stderr: "" });
  const all = await box.fleet(["prompt", "here", "fix", "work 2", "--wait", "--json"], at);
  const replies = JSON.parse(all.stdout).agents.map(({ branch, reply }: Record<string, string>) => [branch, reply]);
  expect(Object.fromEntries(replies)).toEqual({ here: "I worked for 2 s.", fix: "I worked for 2 s." });
});

test("credential files go to a host that may have them, and to no other", async () => {
  await using box = await demoSandbox('credential_files = [".env", "config/key"]\n');
  const project = await box.repository("project", { files: { ".gitignore": ".env\nconfig/key\n" } });
  project.write(".env", "TOKEN=1\n");
  project.write("config/key", "secret\n");
  await using far = await demoHosts(box, ["far1", "far2"]);
  appendFileSync(join(fleetHome(box), "config.toml"), "credentials = true\n");
  const cwd = project.path;
  await box
    .fleet(["create", "one", "--host", "far1"], { cwd })
    .expect({ stdout: "one\n", stderr: /^far1: one\n(?!.*gets)/ });
  await box.fleet(["create", "two", "--host", "far2"], { cwd }).expect({
    stdout: "two\n",
    stderr: /far2 gets \.env, config\/key/,
  });
  const read = (home: string, file: string) => textOf(join(home, ".ai_fleet/worktrees", file));
  expect([read(far.far2.home, "two/.env"), read(far.far2.home, "two/config/key")]).toEqual(["TOKEN=1\n", "secret\n"]);
  expect(read(far.far1.home, "one/.env")).toBe("");

  await box.fleet(["create", "three"], { cwd });
  writeFileSync(join(fleetHome(box), "worktrees/three/.env"), "TOKEN=its own\n");
  await box.fleet(["move", "three", "--host", "far2"], { cwd }).expect({
    stdout: /three {2}is on far2/,
    stderr: /^far2 gets \.env, config\/key$/m,
  });
  expect([read(far.far2.home, "three/.env"), read(far.far2.home, "three/config/key")]).toEqual([
    "TOKEN=its own\n",
    "secret\n",
  ]);
  expect(
    await box.run(["git", "status", "--short"], { cwd: join(far.far2.home, ".ai_fleet/worktrees/three") }),
  ).toMatchObject({ stdout: "" });
  await box.fleet(["kill", "three"], { cwd }).expect({ stdout: /three {2}ended/, stderr: /./ });
});

test("what the repository brings goes to a host once it is accepted, as it was accepted, and along with an agent that moves", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using far = await demoHosts(box, ["far1"]);
  const at = { cwd: project.path, timeoutMs: 60_000 };
  appendFileSync(join(fleetHome(box), "config.toml"), "slots = 8\n");
  const brings = (word: string) =>
    writeFileSync(join(project.path, ".ai_fleet.toml"), `setup_commands = ["echo ${word} >>setup-ran; true"]\n`);
  const setUp = (branch: string) => textOf(join(far.far1.home, ".ai_fleet/worktrees", branch, "setup-ran"));
  brings("first");
  await box.fleet(["create", "one", "--host", "far1"], at).expect({
    code: 2,
    stderr: /\.ai_fleet\.toml has not been accepted, so nothing of it may take effect\n/,
  });
  await box
    .fleet(["create", "bare", "--quick", "--host", "far1"], at)
    .expect({ stdout: "bare\n", stderr: /not accepted/ });
  const hash = new Bun.CryptoHasher("sha256").update(textOf(join(project.path, ".ai_fleet.toml"))).digest("hex");
  await box.fleet(["config", "trust", "--hash", hash], at).expect({ stdout: /.?/, stderr: /.?/ });
  await box.fleet(["create", "one", "--host", "far1"], at).expect({ stdout: "one\n", stderr: /./ });
  expect([setUp("bare"), setUp("one")]).toEqual(["", "first\n"]);
  await box.fleet(["create", "two"], at);
  brings("second");
  await box.fleet(["move", "two", "--host", "far1"], at).expect({ stdout: /far1/, stderr: /setup {3}echo first/ });
  expect(setUp("two")).toBe("first\nfirst\n");
  rmSync(join(project.path, ".ai_fleet.toml"));
  await box.fleet(["create", "three", "--host", "far1"], at).expect({ stdout: "three\n", stderr: /./ });
  expect(setUp("three")).toBe("");
});

test("a host that is cut off keeps its agents, and the others take what is new", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using far = await demoHosts(box, ["far1", "far2"]);
  const cwd = project.path;
  await box.fleet(["create", "fix", "--host", "far2"], { cwd }).expect({ stdout: "fix\n", stderr: /^far2: fix\n/ });
  await box.fleet(["fetch"], { cwd }).expect({ stdout: "  fix  far2  [SHA]\n" });
  await far.far2.stop();
  await box.fleet(["fanout", "2", "x", "-p", "note", "--host", "any"], { cwd, timeoutMs: 60_000 }).expect({
    stdout: "x-A1\nx-A2\n",
    stderr: /left out: far2 cannot be reached.*\n(?:.*\n)*far1: x-A1, x-A2\n/,
  });
  await box.fleet(["kill", "fix"], { cwd }).expect({
    code: 1,
    stdout: /^ {2}fix {2}kept {2}far2 cannot be reached/,
    stderr: "0 of 1 ended.\n",
  });
  await far.far2.start();
  await box.fleet(["kill", "fix"], { cwd }).expect({ stdout: /^ {2}fix {2}ended/, stderr: /1 of 1 ended/ });
});
