import { expect, test } from "bun:test";
import { expectNothingLeft } from "../helpers/audit.ts";
import { meanwhile } from "../helpers/meanwhile.ts";
import { agentOn, demoSandbox, registered, untilDemo } from "./agents.ts";

test("of agents that are interrupted, one that ends in that moment fails alone", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["multi", "gone:work 60", "there:work 60"], at);
  for (const branch of ["gone", "there"]) await untilDemo(box, branch, "working", 1);
  const pane = (await box.tmux.panes()).find(({ session }) => session === "ai_gone")?.id ?? "";
  meanwhile(
    box,
    { tool: "tmux", words: `*send-keys*${pane}*` },
    `tmux -L ${box.env.AI_FLEET_TMUX_SOCKET} kill-session -t ai_gone`,
  );
  await box.fleet(["interrupt", "gone", "there"], at).expect({
    code: 1,
    stdout: /^ {2}gone {3}failed {7}tmux exited with 1 .*can't find pane.*\n {2}there {2}interrupted\n$/,
  });
});

test("the last that an agent showed is read though it ends in that moment", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "note"], at);
  await untilDemo(box, "fix", "idle", 1);
  meanwhile(box, { tool: "tmux", words: "*capture-pane*" }, "fleet stop fix");
  await box.fleet(["logs", "--screen", "fix"], at).expect({ stdout: /I noted that/ });
});

test("an agent that is killed in the moment it is resumed stays killed, and can be restored", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "-p", "task"], at);
  await untilDemo(box, "fix", "idle", 1);
  await box.fleet(["stop", "fix"], at);
  const { id } = agentOn(box, "fix");
  meanwhile(box, { tool: "tmux", words: "*new-session*" }, "fleet kill fix");
  await box.fleet(["resume", "fix"], at).expect({
    code: 1,
    stderr: "✗ fix was killed in this moment, and does not run\n  to bring it back, run fleet restore fix\n",
  });
  expect(registered(box)).toEqual([]);
  await expectNothingLeft(box, project, { branches: ["main", "fix"] });
  await box.fleet(["restore", "fix"], at);
  expect(agentOn(box, "fix").id).toBe(id);
});

test("of agents that are prompted together, one that vanishes in that moment fails alone", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  const branches = ["gone", "near", "there"];
  for (const branch of branches) await box.fleet(["create", branch], at);
  for (const branch of branches) await untilDemo(box, branch, "idle", 0);
  const kill = `tmux -L ${box.env.AI_FLEET_TMUX_SOCKET} kill-session -t ai_gone`;
  meanwhile(box, { tool: "tmux", words: "*paste-buffer*" }, kill);
  const { code, stdout } = await box.fleet(["prompt", ...branches, "-p", "note this"], at);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^ {2}gone +failed .*\n {2}near +submitted\n {2}there +submitted\n$/);
  for (const branch of ["near", "there"]) await untilDemo(box, branch, "idle", 1);
});
