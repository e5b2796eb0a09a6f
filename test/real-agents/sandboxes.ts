import { expect } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { agentDirectory, agentOn } from "../e2e/agents.ts";
import { engines } from "../helpers/engines.ts";
import { eventually } from "../helpers/wait.ts";
import { scenario } from "./scenario.ts";
import { replyTo } from "./script.ts";
import { askFirst } from "./users.ts";

for (const kind of ["write-guard", "bubblewrap", ...engines] as const) {
  scenario(`in ${kind} replies, uses tools, commits, and goes on with its conversation after a stop`, async (agent) => {
    const create = ["create", "one", "--sandbox", kind, "--wait", "--timeout", "40s", "-p", "hello from inside"];
    expect(await agent.fleet(create)).toMatchObject({ code: 0, stdout: `${replyTo("hello from inside")}\n` });
    const { worktree } = agentOn(agent.box, "one");

    const tool = `run-shell echo x >made && git add made && git commit -qm made; touch ${agent.box.home}/outside`;
    expect(await agent.fleet(["prompt", "one", "--wait", tool])).toMatchObject({ code: 0 });
    expect(existsSync(join(worktree, "made"))).toBe(true);
    expect(existsSync(join(agent.box.home, "outside"))).toBe(false);
    await agent.fleet(["list"]);
    expect(await agent.project.git("log", "-1", "--format=%s", "one")).toBe("made");

    await agent.fleet(["stop", "one"]);
    expect(await agent.fleet(["resume", "one"])).toMatchObject({ code: 0 });
    await agent.until("one", "idle");
    const question = "what was it that I said?";
    expect(await agent.fleet(["prompt", "one", "--wait", question])).toMatchObject({
      code: 0,
      stdout: `${replyTo(question)}\n`,
    });
    expect(agent.remembered(question)).toContain("hello from inside");
    const { stdout } = await agent.fleet(["cost", "one", "--json"]);
    expect(stdout).toMatch(/"replies": [1-9]/);
    expect(existsSync(join(agentDirectory(agent.box, "one"), "environment"))).toBe(false);
  });

  scenario(`in ${kind} asks, and is answered`, async (agent) => {
    askFirst(agent.name, agent.box);
    await agent.fleet(["create", "one", "--sandbox", kind, "-p", "ask-first touch asked"]);
    await agent.until("one", "waiting");
    await agent.fleet(["answer", "one", "1"]);
    const { worktree } = agentOn(agent.box, "one");
    await eventually(() => existsSync(join(worktree, "asked")), {
      what: "what was allowed to be done",
      timeoutMs: 20_000,
    });
    await agent.until("one", "idle");
  });
}
