import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import { branchNames, refusedBranchNames } from "../helpers/text.ts";
import { agentOn, demoSandbox, ended, filesNamed, registered, sorted } from "./agents.ts";

test("every branch name that git accepts is made, listed, found by its exact name and ended", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  const tasks = branchNames.map((name) => `[[task]]\nbranch = ${tomlText(name)}\nprompt = "work 0"\n`);
  writeFileSync(join(box.home, "tasks.toml"), tasks.join(""));

  await box.fleet(["multi", "--file", join(box.home, "tasks.toml")], at).expect({
    stdout: branchNames.map((name) => `${name}\n`).join(""),
    stderr: new RegExp(`\n${branchNames.length} of ${branchNames.length} are working\\.\n`),
  });

  const entries = registered(box);
  expect(new Set(entries.map(({ branch }) => branch))).toEqual(new Set(branchNames));
  for (const names of [entries.map(({ worktree }) => worktree), entries.map(({ session }) => session)]) {
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(branchNames.length);
    for (const name of names) expect(name).toMatch(/^[\w/.@-]{1,160}$/);
  }
  expect(new Set((await box.tmux.sessions()).map(({ name }) => name))).toEqual(
    new Set(entries.map(({ session }) => session)),
  );
  const checkedOut = await project.git("worktree", "list", "--porcelain");
  for (const { branch, worktree } of entries) {
    expect(checkedOut).toContain(`worktree ${worktree}\nHEAD ${entries[0]?.base}\nbranch refs/heads/${branch}\n`);
  }

  const { stdout } = await box.fleet(["list", "--json"], at).expect({ stdout: /^\{\n/ });
  const { agents } = JSON.parse(stdout) as { agents: { branch: string; worktree: string }[] };
  expect(new Map(agents.map(({ branch, worktree }) => [branch, worktree]))).toEqual(
    new Map(entries.map(({ branch, worktree }) => [branch, worktree])),
  );

  const killed = await box.fleet(["kill", "--", ...branchNames], at);
  expect(killed.code).toBe(0);
  expect(killed.stderr).toBe(`${branchNames.length} of ${branchNames.length} ended. Undo: fleet restore --last\n`);
  await expectNothingLeft(box, project);
  expect(filesNamed("pwned", box)).toEqual([]);
});

test("branches that look alike on disk and in tmux live side by side", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const names = ["a.b", "a_b", "a/b", "a-b", "A-b"];
  for (const name of names) {
    await box.fleet(["create", name], { cwd: project.path }).expect({
      stdout: `${name}\n`,
      stderr: new RegExp(`^ {2}branch {2}${name}, new, from main@`),
    });
  }
  const made = names.map((name) => agentOn(box, name));
  expect(
    made.map(({ worktree, id }) => worktree.replace(`${box.home}/.ai_fleet/worktrees/`, "").replace(id, "ID")),
  ).toEqual(["a-b", "a_b", "a-b@project", "a-b-ID", "A-b-ID"]);
  expect(made.map(({ session, id }) => session.replace(id, "ID"))).toEqual([
    "ai_a-b",
    "ai_a_b",
    "ai_a/b@project",
    "ai_a-b-ID",
    "ai_A-b-ID",
  ]);
  for (const name of names) {
    await box.fleet(["kill", name], { cwd: project.path }).expect(ended(name));
    expect(registered(box).some(({ branch }) => branch === name)).toBe(false);
  }
  await expectNothingLeft(box, project);
});

const reasons: Readonly<Record<string, readonly string[]>> = {
  "it is empty": [""],
  "it is git's name for what is checked out": ["HEAD"],
  "it starts with a dash": ["-a", "-", "--", "--help"],
  "it has a control character": ["a\tb", "a\nb", "a\x01b", "a\x1bb", "a\x7f"],
  "it has a space": [" ", "a b", " a", "a ", "x#(touch pwned)", ";rm -rf x"],
  "it has one of ~ ^ : ? * [ \\": ["a~b", "a^b", "a:b", "a?b", "a*", "a[b", "a\\b"],
  "it has two dots in a row": ["a..b", ".."],
  "it has @{": ["a@{b", "@{-1}"],
  "it has a slash with nothing before or after it": ["/a", "a/", "/", "a//b"],
  "it ends with a dot": [".", "a."],
  "a part of it starts with a dot": [".a", "a/.b", ".lock"],
  "a part of it ends with .lock": ["a.lock", "a.lock/b"],
  "a part of it is longer than 250 bytes": ["x".repeat(251), "分".repeat(84)],
};

test("every branch name that git refuses is refused before anything is made, with the reason", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  const hint = "  to see the rules, run git help check-ref-format\n";
  const refusal = (name: string, why: string) => {
    const shown = JSON.stringify(name).replace("\x7f", "\\x7f");
    return `git does not accept ${shown} as a branch name: ${why}\n`;
  };
  for (const [why, [name = "", ...others]] of Object.entries(reasons)) {
    const words = ["create", "-p", "a task", "--", others.at(-1) ?? name];
    await box.fleet(words, at).expect({ code: 2, stderr: `✗ ${refusal(others.at(-1) ?? name, why)}${hint}` });
  }

  const all = Object.entries(reasons).flatMap(([why, names]) => names.map((name) => ({ name, why })));
  expect(refusedBranchNames.filter((name) => !all.some((refused) => refused.name === name))).toEqual([]);
  const input = all.map(({ name }) => `[[task]]\nbranch = ${tomlText(name)}\nprompt = "a task"\n`).join("");
  const lines = all.map(({ name, why }, index) => `  │ standard input:${3 * index + 1}: ${refusal(name, why)}`);
  await box.fleet(["multi", "--file", "-"], { ...at, input }).expect({
    code: 2,
    stderr: `✗ ${all.length} of ${all.length} agents cannot be made, so none was\n${lines.join("")}${hint}`,
  });
  expect(await box.tmux.sessions()).toEqual([]);
  await expectNothingLeft(box, project);
  expect(filesNamed("pwned", box)).toEqual([]);
});

/** JSON's escapes are TOML's, but that TOML wants one for DEL. */
function tomlText(text: string): string {
  return JSON.stringify(text).replaceAll("\x7f", "\\u007f");
}

test("nothing in a branch name runs in a status line that shows the session", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const names = ["x#(touch$IFS./pwned)", "#{session_name}"];
  await box.fleet(["multi", ...names.map((name) => `${name}:touch #(touch pwned)`)], { cwd: path });
  await box.tmux.run(["set-option", "-g", "set-titles", "on"]);
  for (const option of ["set-titles-string", "pane-border-format", "status-left"]) {
    for (const target of [["-g"], ...names.map((name) => ["-t", `=${agentOn(box, name).session}:`])]) {
      await box.tmux.run(["set-option", ...target, option, "#S #{session_path} #{pane_title} #{@fleet_branch} #W"]);
    }
  }
  for (const name of names) {
    const terminal = await box.terminal(["fleet", "attach", name], { cwd: path, columns: 200 });
    await terminal.waitFor(`${agentOn(box, name).session} ${agentOn(box, name).worktree}`);
    await terminal.press("C-b");
    await terminal.type("d");
    expect(await terminal.exitCode()).toBe(0);
  }
  expect(filesNamed("pwned", box)).toEqual([]);
});

test("a name that is a folder of another branch, or the other way round, is refused with the branch that is in the way", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  await project.git("branch", "a/b");
  const refusal = (name: string) => ({
    code: 1,
    stderr: [
      `✗ git cannot keep a branch ${name} beside the branch a/b\n`,
      "  to rename that one, run git branch -m a/b NEW-NAME\n",
    ].join(""),
  });
  await box.fleet(["create", "a"], { cwd: project.path }).expect(refusal("a"));
  await box.fleet(["create", "a/b/c"], { cwd: project.path }).expect(refusal("a/b/c"));
  await expectNothingLeft(box, project, { branches: ["main", "a/b"] });
});

test("a branch that exists is adopted as it is, and kept", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await project.git("branch", "old");
  await box.fleet(["create", "old", "--new"], at).expect({
    code: 1,
    stderr: "✗ the branch old exists already\n  to let the agent work on it, run fleet create old without --new\n",
  });
  await box.fleet(["create", "old", "--from", "main"], at).expect({
    code: 1,
    stderr: [
      "✗ the branch old exists already, so it cannot start from main\n",
      "  to let the agent work on it as it is, run fleet create old without --from\n",
    ].join(""),
  });
  await box.fleet(["create", "main"], at).expect({
    code: 1,
    stderr: [
      "✗ the branch main is checked out in [ROOT]/home/code/project\n",
      "  to start from it, run fleet create BRANCH --from main; to free it, run git -C [ROOT]/home/code/project switch --detach\n",
    ].join(""),
  });
  const made = await box.fleet(["create", "old"], at).expect({ stdout: "old\n", stderr: /./ });
  expect(sorted(made.stderr)[1]).toMatch(/^ {2}branch {2}old, as it was, at [0-9a-f]{7}$/);
  await box.fleet(["kill", "old"], at).expect(ended("old", "branch kept  it was there before the agent"));
  await expectNothingLeft(box, project, { branches: ["main", "old"] });
});

test("the status line of an agent's session has its whole name and how to leave, and others keep theirs", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const names = [`feature/${"long-".repeat(9)}end`, "#{session_name}"];
  await box.fleet(["multi", ...names.map((name) => `${name}:a task`)], { cwd: path });
  await box.tmux.run(["new-session", "-d", "-s", "mine"]);
  for (const name of names) {
    const terminal = await box.terminal(["fleet", "attach", name], { cwd: path, columns: 120 });
    await terminal.waitFor(`${name}  `);
    await terminal.waitFor("demo | leave: C-b d");
    expect(await box.tmux.run(["display-message", "-p", "-t", `=${agentOn(box, name).session}:`, "#W"])).toBe(name);
    await terminal.press("C-b");
    await terminal.type("d");
    expect(await terminal.exitCode()).toBe(0);
  }
  expect(await box.tmux.run(["show-options", "-t", "mine"])).toBe("");
});
