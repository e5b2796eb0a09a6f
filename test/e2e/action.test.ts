import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { demoSandbox } from "./agents.ts";

const script = resolve(import.meta.dir, "../../.github/actions/fleet/run.sh");

test("the action starts agents, waits, tests what they did, and says where the report is", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const output = join(box.home, "output");
  const env = {
    RUNNER_TEMP: box.home,
    GITHUB_OUTPUT: output,
    FLEET_PROMPT: "note",
    FLEET_AGENT: "demo",
    FLEET_COUNT: "2",
    FLEET_TEST: "test -e README.md",
  };
  const { code } = await box.run(["sh", script], { cwd: path, env });
  expect(code).toBe(0);
  const report = readFileSync(output, "utf8").trim().replace("report=", "");
  expect(report).toBe(join(box.home, "fleet-report.txt"));
  for (const branch of ["attempt-A1", "attempt-A2"]) expect(readFileSync(report, "utf8")).toContain(branch);
  await box.fleet(["kill", "attempt", "-y"], { cwd: path });
  const failed = await box.run(["sh", script], { cwd: path, env: { ...env, FLEET_TEST: "exit 3" } });
  expect(failed.code).toBe(1);
});
