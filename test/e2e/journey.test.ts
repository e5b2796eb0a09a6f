import { expect, test } from "bun:test";
import { expectNothingLeft } from "../helpers/audit.ts";
import { agentOn, demoSandbox, ended, receivedBy, untilDemo } from "./agents.ts";

for (const program of ["fleet", "flt"] as const) {
  test(`an agent is made, watched, prompted, visited, compared and ended with ${program}`, async () => {
    await using box = await demoSandbox();
    const project = await box.repository();
    const at = { cwd: project.path };
    const run = box[program].bind(box);

    await run(["create", "fix-42", "--prompt", "write failing test"], at).expect({
      stdout: "fix-42\n",
      stderr: [
        "  branch  fix-42, new, from main@[SHA]\n",
        "  agent   demo, never asks  [TIME]\n",
        "fix-42 is working.\n",
        "  fleet attach fix-42     fleet logs -f fix-42     fleet kill fix-42\n",
      ].join(""),
    });
    const { id, worktree, base } = agentOn(box, "fix-42");
    expect(worktree).toBe(`${box.home}/.ai_fleet/worktrees/fix-42`);
    expect(await project.git("-C", worktree, "branch", "--show-current")).toBe("fix-42");
    expect(await box.tmux.sessions()).toMatchObject([{ name: "ai_fix-42", attachedClients: 0 }]);

    await untilDemo(box, "fix-42", "idle", 1);
    await run(["list", "--fresh"], at).expect({
      stdout: [
        "  BRANCH  STATUS  FOR  WHY  AGENT  CPU  MEM  AHEAD  CHANGES  AGE  TASK\n",
        "  fix-42  idle  [TIME]  I noted that in demo-notes.md and committed it as [SHA].  demo  [CPU]  [MEM]  +1  1 file +1 -0  [TIME]  write failing test\n",
      ].join(""),
      stderr: "1 agent\n",
    });

    await run(["prompt", "fix-42", "green it"], at).expect({ stdout: "  fix-42  submitted\n" });
    await untilDemo(box, "fix-42", "idle", 2);
    expect(receivedBy(box, "fix-42")).toEqual(["write failing test", "green it"]);

    const answer = "I noted that in demo-notes.md and committed it as [SHA].\n";
    await run(["logs", "fix-42", "-n", "1000"], at).expect({
      stdout: [
        'demo agent: give me a task, or "work 10", "ask ready?", "fail 3"\n',
        `> write failing test\n${answer}`,
        `green it\n> green it\n${answer}`,
      ].join(""),
    });
    await run(["logs", "fix-42", "-n", "2"], at).expect({ stdout: `> green it\n${answer}` });

    const terminal = await box.terminal([program, "attach", "fix-42"], at);
    await terminal.waitFor("> green it");
    expect(await box.tmux.sessions()).toMatchObject([{ name: "ai_fix-42", attachedClients: 1 }]);
    await terminal.type("and by hand");
    await terminal.press("Enter");
    await terminal.waitFor("> and by hand");
    await untilDemo(box, "fix-42", "idle", 3);
    await terminal.press("C-b");
    await terminal.type("d");
    expect(await terminal.exitCode()).toBe(0);
    expect(await terminal.screen()).toContain("[detached (from session ai_fix-42)]");
    expect(await box.tmux.sessions()).toMatchObject([{ name: "ai_fix-42", attachedClients: 0 }]);

    await run(["diff", "fix-42"], at).expect({
      stdout: [
        "diff --git a/demo-notes.md b/demo-notes.md\n",
        "new file mode 100644\n",
        "index [SHA]..[SHA]\n",
        "--- /dev/null\n",
        "+++ b/demo-notes.md\n",
        "@@ -0,0 +1,3 @@\n",
        "+- write failing test\n",
        "+- green it\n",
        "+- and by hand\n",
      ].join(""),
    });
    await run(["path", "fix-42"], at).expect({ stdout: "[ROOT]/home/.ai_fleet/worktrees/fix-42\n" });

    await run(["kill", "fix-42"], at).expect(ended("fix-42", "branch kept  3 commits of its own"));
    await expectNothingLeft(box, project, { branches: ["main", "fix-42"] });
    expect(await project.git("log", "--format=%s", `${base}..fix-42`)).toBe(
      "demo: and by hand\ndemo: green it\ndemo: write failing test",
    );
    await run(["list"], at).expect({ stderr: "no agents here; to start one, run fleet create BRANCH -p PROMPT\n" });
    expect(id).toMatch(/^[0-9a-f]{8}$/);
  });
}

test("an agent that has done nothing leaves no branch either", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix-42"], at).expect({
    stdout: "fix-42\n",
    stderr: [
      "  branch  fix-42, new, from main@[SHA]\n",
      "  agent   demo, never asks  [TIME]\n",
      "fix-42 is ready for a prompt.\n",
      "  fleet attach fix-42     fleet logs -f fix-42     fleet kill fix-42\n",
    ].join(""),
  });
  await box.fleet(["kill", "fix-42"], at).expect(ended("fix-42"));
  await expectNothingLeft(box, project);
});

test("list --json tells everything that is known of an agent", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix-42", "-p", "ask which one?"], { cwd: path });
  await untilDemo(box, "fix-42", "waiting", 1);
  const { stdout } = await box
    .fleet(["list", "--json", "--fresh"], { cwd: path })
    .expect({ stdout: /^\{\n {2}"version": 1,/ });
  expect(JSON.parse(stdout)).toEqual({
    version: 1,
    agents: [
      {
        v: 1,
        id: expect.stringMatching(/^[0-9a-f]{8}$/),
        branch: "fix-42",
        base_branch: "main",
        worktree: `${box.home}/.ai_fleet/worktrees/fix-42`,
        session: "ai_fix-42",
        pid: expect.any(Number),
        port: 20_000,
        port_count: 10,
        batch_id: expect.stringMatching(/^manual-\d{4}-\d\d-\d\d$/),
        agent: "demo",
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        repo: path,
        base: expect.stringMatching(/^[0-9a-f]{40}$/),
        adopted: false,
        socket: box.tmux.socket,
        agent_session: null,
        prompt: "ask which one?",
        pull_request: null,
        status: "waiting",
        status_detail: { kind: "question", text: "which one?", choices: [] },
        status_since: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        reason: "which one?",
        cpu_percent: expect.any(Number),
        cpu_since_start: true,
        memory_bytes: expect.any(Number),
        memory_percent: expect.any(Number),
        ahead: 0,
        changes: { files: 0, added: 0, deleted: 0 },
        changes_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        last_words: null,
        task: "ask which one?",
      },
    ],
  });
});
