import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { agentOn, demoSandbox } from "./agents.ts";

test("each agent has ports of its own in setup, exec and restore, and another's only after it was killed", async () => {
  await using box = await demoSandbox('setup_commands = ["echo $AI_FLEET_PORT >port"]\n');
  const project = await box.repository("project", { files: { ".gitignore": "port\n" } });
  const at = { cwd: project.path };
  await box.fleet(["fanout", "3", "a", "-p", "task"], at);
  const seen = (branch: string) => readFileSync(join(agentOn(box, branch).worktree, "port"), "utf8");
  expect(["a-A1", "a-A2", "a-A3"].map(seen)).toEqual(["20000\n", "20010\n", "20020\n"]);
  const printed = await box.fleet(["exec", "a-A2", "--", "sh", "-c", "echo $AI_FLEET_PORT"], at);
  expect(printed.stdout).toContain("20010\n");

  await box.fleet(["kill", "a-A2"], at);
  await box.fleet(["restore", "a-A2"], at);
  expect(agentOn(box, "a-A2")).toMatchObject({ port: 20_010, port_count: 10 });
  await box.fleet(["kill", "a-A2"], at);
  await box.fleet(["create", "b", "-p", "task"], at);
  expect(seen("b")).toBe("20010\n");
  await box.fleet(["restore", "a-A2"], at);
  expect(agentOn(box, "a-A2")).toMatchObject({ port: 20_030, port_count: 10 });
});

test("without ports_per_agent there is no AI_FLEET_PORT, not even an outer agent's", async () => {
  await using box = await demoSandbox(
    'ports_per_agent = 0\nsetup_commands = ["printenv AI_FLEET_PORT >port || echo none >port"]\n',
  );
  const project = await box.repository("project");
  await box.fleet(["create", "fix"], { cwd: project.path, env: { AI_FLEET_PORT: "1" } });
  const entry = agentOn(box, "fix");
  expect(readFileSync(join(entry.worktree, "port"), "utf8")).toBe("none\n");
  expect(entry).not.toHaveProperty("port");
});
