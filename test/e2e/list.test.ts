import { expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentOn, demoSandbox, untilDemo } from "./agents.ts";

test("the list shows what agents changed, said last and were told last", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository("project", { files: { a: "1\n2\n3\n" } });
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "note"], at);
  await untilDemo(box, "fix", "idle", 1);
  await box.fleet(["prompt", "fix", "and now the other"], at);
  await untilDemo(box, "fix", "idle", 2);
  const { worktree } = agentOn(box, "fix");
  writeFileSync(join(worktree, "a"), "1\n3\n");
  writeFileSync(join(worktree, "untracked"), "no end");
  const { stdout } = await box.fleet(["list", "--json", "--fresh"], at);
  const [{ changes, last_words, task, ahead }] = JSON.parse(stdout).agents;
  expect({ changes, task, ahead }).toEqual({
    changes: { files: 3, added: 3, deleted: 1 },
    task: "and now the other",
    ahead: 2,
  });
  expect(last_words).toStartWith("I noted that in demo-notes.md");
});

test("the columns, the order and the form are the user's choice", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "a10"], at);
  await box.fleet(["create", "a9", "-p", "ask why?"], at);
  await untilDemo(box, "a9", "waiting", 1);
  const list = (...words: string[]) => box.fleet(["list", ...words], at);
  const counted = { stderr: "2 agents, 1 needs you: fleet attach (next) · fleet answer a9\n" };
  await list("--columns", "branch,why,task").expect({
    ...counted,
    stdout: "  BRANCH  WHY   TASK\n! a9      why?  ask why?\n  a10\n",
  });
  await list("--columns", "branch", "--sort", "branch").expect({ ...counted, stdout: "  BRANCH\n! a9\n  a10\n" });
  await list("--format", "{{branch}}\\t{{status}}\\t{{changes.files}}", "--sort", "branch", "--fresh").expect({
    stdout: /^a9\twaiting\t0\na10\t\w+\t0\n$/,
  });
  await list("--format", "{{branch}} {{host}}{{ticket.key}}{{cost}}", "--sort", "branch").expect({
    stdout: "a9 \na10 \n",
  });
  await list("--status", "failed").expect({ stderr: "no agents here are failed; to see all, run fleet list\n" });
  await list("--columns", "colour").expect({
    code: 2,
    stderr: /^✗ there is no column "colour"\n {2}the columns are branch, /,
  });
  await list("--format", "{{colour}}").expect({
    code: 2,
    stderr: /^✗ there is no \{\{colour\}\}\n {2}there are v, id, /,
  });
});

test("a list is coloured where colours are wanted, and nowhere else", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "ask why?"], { cwd: path });
  await untilDemo(box, "fix", "waiting", 1);
  const isColoured = async (env: Readonly<Record<string, string>>) => {
    const { stdout } = await box.fleet(["list"], { cwd: path, env });
    return stdout.includes("\u001b[33mwaiting");
  };
  expect(await isColoured({})).toBe(false);
  expect(await isColoured({ FORCE_COLOR: "1" })).toBe(true);
  expect(await isColoured({ CLICOLOR_FORCE: "1" })).toBe(true);
  expect(await isColoured({ FORCE_COLOR: "1", NO_COLOR: "1" })).toBe(false);
});

for (const columns of [40, 60, 80, 120, 200]) {
  test(`on ${columns} columns no agent takes two lines, and names keep their ends`, async () => {
    await using box = await demoSandbox();
    const { path } = await box.repository();
    await box.fleet(["fanout", "3", "a-rather-long-name-of-a-fan-out", "-p", "ask 私は日本語を話しますか?"], {
      cwd: path,
    });
    const branches = [1, 2, 3].map((number) => `a-rather-long-name-of-a-fan-out-A${number}`);
    for (const branch of branches) await untilDemo(box, branch, "waiting", 1);
    const terminal = await box.terminal(["sh", "-c", "fleet list; read -r end"], { cwd: path, columns });
    const screen = await terminal.waitFor("3 agents, 3 need");
    const rows = screen.split("\n").filter((line) => line.startsWith("! "));
    expect(rows.map((row) => /-A\d/.exec(row)?.[0])).toEqual(["-A1", "-A2", "-A3"]);
    expect(rows.every((row) => Bun.stringWidth(row) <= columns)).toBe(true);
    expect(screen.trimEnd().split("\n").at(-1)).toStartWith("3 agents, 3 need you");
  });
}

test("the line for a status line counts who needs the user first, and what was seen is kept for a moment", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await box.repository();
  await box.fleet(["status-line"], { cwd }).expect({ stdout: "" });
  rmSync(join(box.home, ".ai_fleet/agents/.status-line"));
  await box.fleet(["multi", "a:ask why?", "b:note", "c:note"], { cwd });
  for (const [branch, word] of [
    ["a", "waiting"],
    ["b", "idle"],
    ["c", "idle"],
  ] as const) {
    await untilDemo(box, branch, word, 1);
  }
  await box.fleet(["status-line"], { cwd }).expect({ stdout: "!1 waiting 2 idle\n" });
  await box.fleet(["kill", "a", "-y"], { cwd });
  const file = join(box.home, "trace.txt");
  await box.fleet(["status-line"], { cwd, env: { AI_FLEET_TRACE: file } }).expect({ stdout: "!1 waiting 2 idle\n" });
  expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe("");
});

test("a list counts the commits of a branch wherever it went since the last one, also back or through a merge", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  await box.fleet(["create", "fix"], { cwd: path });
  await untilDemo(box, "fix", "idle");
  const { worktree } = agentOn(box, "fix");
  const there = (...words: string[]) => git("-C", worktree, ...words);
  const commit = (message: string) => there("commit", "--quiet", "--allow-empty", "-m", message);
  const ahead = async () => {
    const { stdout } = await box.fleet(["list", "--json"], { cwd: path });
    return JSON.parse(stdout).agents.map(({ ahead: commits }: { ahead: number }) => commits);
  };
  const counted = async () => [await ahead(), await ahead()];
  expect(await counted()).toEqual([[0], [0]]);
  await commit("one");
  await there("branch", "kept");
  expect(await counted()).toEqual([[1], [1]]);
  await there("reset", "--quiet", "--hard", "HEAD^");
  expect(await counted()).toEqual([[0], [0]]);
  await commit("another");
  await there("merge", "--quiet", "-m", "both", "kept");
  expect(await counted()).toEqual([[3], [3]]);
});

test("a list says why nothing is at the place of a worktree", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["multi", "deleted:note", "moved:note", "removed:note"], at);
  for (const name of ["deleted", "moved", "removed"]) await untilDemo(box, name, "idle", 1);
  rmSync(agentOn(box, "deleted").worktree, { recursive: true });
  await project.git("worktree", "move", agentOn(box, "moved").worktree, join(box.home, "there"));
  await project.git("worktree", "remove", "--force", agentOn(box, "removed").worktree);
  const { stdout } = await box.fleet(["list", "--json"], at);
  const { agents } = JSON.parse(stdout) as { readonly agents: { readonly branch: string; readonly reason: string }[] };
  const reasons = Object.fromEntries(agents.map(({ branch, reason }) => [branch, reason.split(";")[0]]));
  expect(reasons).toEqual({
    deleted: "its worktree was deleted or moved, or is not mounted",
    moved: `its worktree is at ${join(box.home, "there")} now`,
    removed: "its worktree was removed",
  });
});
