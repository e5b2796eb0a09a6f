import { expect, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { demoSandbox } from "./agents.ts";

test("a report says what a fault needs, and neither secrets nor names", async () => {
  await using box = await demoSandbox(`setup_commands = ["echo hidden-word"]\nmax_agents = 7\n`);
  const { path: cwd } = await box.repository("acme-payments");
  await box.fleet(["create", "fix-invoices", "--quick", "-p", "the hidden prompt"], { cwd });
  const env = { GITHUB_TOKEN: "not-like-a-token", MY_API_KEY: "0123456789" };
  const { stdout, code } = await box.fleet(["doctor", "--report"], { cwd, env });
  expect(code).toBe(0);
  for (const line of [
    /^### Program\n\n- fleet \d/m,
    /^- max_agents: 7 \(file\)$/m,
    /^- setup_commands: 1 entries \(file\)$/m,
    /^- agents: 1 demo (?:working|idle|starting)/m,
    /^- fine: git: git version/m,
  ]) {
    expect(stdout).toMatch(line);
  }
  const hidden = [box.home, "acme-payments", "fix-invoices", "hidden", "not-like-a-token", "0123456789"];
  expect([...hidden, hostname()].filter((word) => stdout.includes(word))).toEqual([]);
  expect(new RegExp(`\\b${userInfo().username}\\b`).test(stdout)).toBe(false);
});

test("--json has the report as one text", async () => {
  await using box = await demoSandbox();
  const { stdout } = await box.fleet(["doctor", "--report", "--json"]);
  expect(JSON.parse(stdout)).toEqual({ version: 1, report: expect.stringContaining("### State") });
});

test("the form for faults asks for a report that there is", () => {
  const form = readFileSync(join(import.meta.dir, "../../.github/ISSUE_TEMPLATE/fault.yml"), "utf8");
  expect(form).toContain("fleet doctor --report");
});

if (process.platform === "linux") {
  test("doctor says that what it keeps is on a disk that is read-only, or nearly full", async () => {
    await using box = await demoSandbox();
    const home = join(box.home, ".ai_fleet");
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const doctor = async (mounting: string) => {
      const { stdout } = await box.run(["unshare", "-rm", "sh", "-c", `${mounting} && fleet doctor`]);
      return stdout.split("\n").filter((line) => line.includes(" disk "));
    };
    const readOnly = await doctor(`mount --bind ${home} ${home} && mount -o remount,ro,bind ${home}`);
    expect(readOnly).toEqual([
      expect.stringMatching(
        new RegExp(`^✗ +disk +${home} cannot be written: its disk is mounted read-only .* run df ${home}$`),
      ),
    ]);
    const full = await doctor(
      `mount -t tmpfs -o size=8m,mode=700 none ${home} && truncate -s 0 ${home}/config.toml && head -c 7900k /dev/zero > ${home}/filler`,
    );
    expect(full).toEqual([
      expect.stringMatching(new RegExp(`^- +disk +the disk of ${home} is nearly full, \\d+ MB free .* fleet prune$`)),
    ]);
  });
}
