import { expect, onTestFinished, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentDirectory, agentFile, agentOn, demoSandbox, endedAll, registered } from "./agents.ts";

const leftAlone = "  ! made in [ROOT]/home/code/project while it lived, and left alone:";
const nothingGone = { changed_refs: [], deleted_refs: [], dropped_stashes: [] };
const at = "git -C [ROOT]/home/code/project";

test("a kill names what was made in the repository while its agent lived, and leaves it alone", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  const older = join(path, ".claude/worktrees/older");
  await git("worktree", "add", "--quiet", "-b", "older", older);
  await git("branch", "packed");
  await git("pack-refs", "--all");
  await git("tag", "v1");
  await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
  expect(statSync(join(agentDirectory(box, "fix"), "known-before.json")).mode & 0o777).toBe(0o600);
  const run = (...args: string[]) => box.run(["git", ...args], { cwd: agentOn(box, "fix").worktree }).expect();
  const left = join(path, ".claude/worktrees/inner");
  await run("worktree", "add", "--quiet", "-b", "inner", left, "HEAD");
  await git("worktree", "lock", "--reason", "an agent (pid 99999999)", left);
  await run("branch", "side/one");
  await run("checkout", "--quiet", "-b", "two");
  await run("checkout", "--quiet", "fix");
  await run("tag", "v2");
  // What the user has worked on is no agent's.
  await git("checkout", "--quiet", "-b", "mine");
  await git("checkout", "--quiet", "main");
  await box.fleet(["kill", "fix"], { cwd: path }).expect({
    stdout: /fix +ended/,
    stderr: [
      `${leftAlone} the worktree [ROOT]/home/code/project/.claude/worktrees/inner, on the branch inner; to see more, run git -C [ROOT]/home/code/project/.claude/worktrees/inner status\n`,
      `${leftAlone} the branches side/one, two; to see more, run ${at} branch -v\n`,
      `${leftAlone} the tag v2; to see more, run ${at} tag -n\n`,
      "1 of 1 ended. Undo: fleet restore fix\n",
    ].join(""),
  });
  expect(existsSync(left)).toBe(true);
  // It comes back with what it has left; what was made while it was away is not its own.
  await git("branch", "between");
  await box.fleet(["restore", "fix"], { cwd: path });
  const { stderr } = await box.fleet(["kill", "fix"], { cwd: path });
  for (const own of ["/inner, on the branch inner;", "the branches side/one, two;", "the tag v2;"])
    expect(stderr).toContain(own);
});

test("a kill names remotes, settings, hooks and notes that came while its agent lived, and how to be rid of them", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  const [hooks, info] = [join(path, ".git/hooks"), join(path, ".git/info")];
  const hook = (name: string, text: string) => writeFileSync(join(hooks, name), text, { mode: 0o755 });
  mkdirSync(hooks, { recursive: true });
  hook("pre-commit", "exit 0\n");
  hook("pre-push.sample", "exit 0\n");
  for (const args of [
    ["config", "user.nickname", "me"],
    ["config", "branch.main.remote", "origin"],
    ["remote", "add", "origin", "https://example.com/mine"],
    ["notes", "--ref", "older", "add", "-m", "a note"],
  ])
    await git(...args);
  await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
  await box.fleet(["create", "other"], { cwd: path }).expect({ stdout: "other\n", stderr: /./ });
  const run = (...args: string[]) => box.run(["git", ...args], { cwd: agentOn(box, "fix").worktree }).expect();
  for (const args of [
    ["remote", "add", "up", "https://example.com/up"],
    ["config", "--add", "remote.origin.url", "https://example.com/other"],
    ["config", "user.nickname", "an agent"],
    ["config", "filter.odd one.smudge", "cat"],
    ["config", "branch.fix.remote", "up"],
    ["config", "branch.main.pushRemote", "origin"],
    ["config", "branch.main.an-editors-own", "word"],
    ["notes", "add", "-m", "a note"],
    ["update-ref", "refs/foo/x", "HEAD"],
    ["pack-refs", "--all"],
  ])
    await run(...args);
  hook("pre-commit", "exit 1\n");
  hook("post-commit", "exit 0\n");
  mkdirSync(info, { recursive: true });
  writeFileSync(join(info, "attributes"), "* -text\n");
  const project = "[ROOT]/home/code/project";
  const changed = leftAlone.replace("made", "changed");
  const listed = `to see more, run ${at} config --local --list`;
  const told = [
    `${leftAlone} the refs refs/foo/x, refs/notes/commits; to see more, run ${at} for-each-ref, and to remove refs/foo/x, ${at} update-ref -d refs/foo/x\n`,
    `${leftAlone} the remote up; to see more, run ${at} remote -v, and to remove up, ${at} remote remove up\n`,
    `${leftAlone} the settings branch.main.pushremote, filter.odd one.smudge; ${listed}, and to remove branch.main.pushremote, ${at} config --local --unset-all branch.main.pushremote\n`,
    `${leftAlone} the files ${project}/.git/hooks/post-commit, ${project}/.git/info/attributes; to see more, run ls -l ${project}/.git/hooks, and to remove ${project}/.git/hooks/post-commit, rm -- ${project}/.git/hooks/post-commit\n`,
    `${changed} the settings remote.origin.url, user.nickname; ${listed}\n`,
    `${changed} the file ${project}/.git/hooks/pre-commit; to see more, run ls -l ${project}/.git/hooks\n`,
  ].join("");
  const kill = () => box.fleet(["kill", "fix", "--with-children"], { cwd: path });
  await kill().expect({ stdout: /fix +ended/, stderr: `${told}1 of 1 ended. Undo: fleet restore fix\n` });
  // It comes back with what it has left; what came while it was away is not its own.
  await git("config", "user.between", "me");
  hook("post-merge", "exit 0\n");
  await box.fleet(["restore", "fix"], { cwd: path });
  await kill().expect({ stdout: /fix +ended/, stderr: `${told}1 of 1 ended. Undo: fleet restore fix\n` });
  // All that live share them: whose they are, nothing tells.
  for (const line of told.matchAll(/, and to remove \S+(?: one\.smudge)?, (.*)$/gm))
    await box.run(["sh", "-c", (line[1] ?? "").replaceAll("[ROOT]", box.root)]).expect();
  const { stdout } = await box.fleet(["kill", "other", "--json"], { cwd: path });
  expect(JSON.parse(stdout).agents[0].left_outside).toEqual({
    ...{ worktrees: [], branches: [], tags: [], stashes: [], ...nothingGone },
    ...{ refs: ["refs/notes/commits"], remotes: [] },
    ...{
      settings: ["filter.odd one.smudge", "user.between"],
      changed_settings: ["remote.origin.url", "user.nickname"],
    },
    ...{ files: ["hooks/post-merge", "info/attributes"], changed_files: ["hooks/pre-commit"] },
  });
});

test("a kill names what of the user's was deleted while its agent lived and nothing else holds, and how to bring it back", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  const commit = (message: string) => git("commit", "--quiet", "--allow-empty", "-m", message);
  for (const branch of ["loose", "packed", "held"]) {
    await git("checkout", "--quiet", "-b", branch, "main");
    if (branch !== "held") await commit(`only on ${branch}`);
    if (branch === "packed") await git("pack-refs", "--all");
  }
  for (const branch of ["base", "late", "anew", "renamed"]) {
    await git("checkout", "--quiet", "-b", branch, "main");
    await commit(`only on ${branch}`);
  }
  await git("checkout", "--quiet", "main");
  await git("tag", "light");
  await git("tag", "-m", "one", "noted");
  await git("tag", "moved");
  for (const ref of ["kept", "rewritten"]) await git("notes", "--ref", ref, "add", "-m", `a note in ${ref}`);
  for (const message of ["first", "second"]) {
    writeFileSync(join(path, "README.md"), message);
    await git("stash", "push", "--quiet", "-m", message);
  }
  const was: Record<string, string> = {};
  for (const name of ["base", "anew", "loose", "packed", "noted", "moved", "refs/notes/rewritten", "stash@{1}"])
    was[name] = (await git("rev-parse", name)).trim();
  await git("update-ref", "refs/pull/7/head", "loose");
  await box.fleet(["create", "fix", "--from", "base"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
  const { worktree } = agentOn(box, "fix");
  await commitLate(box, path, "late");
  was.late = (await git("rev-parse", "late")).trim();
  for (const args of [
    ["checkout", "--quiet", "renamed"],
    ["branch", "-m", "renamed", "better"],
    ["commit", "--quiet", "--amend", "--allow-empty", "-m", "amended"],
    ["checkout", "--quiet", "main"],
    ["update-ref", "refs/pull/7/head", "main"],
  ])
    await git(...args);
  for (const args of [
    ["commit", "--quiet", "--allow-empty", "-m", "work"],
    ["branch", "-D", "base", "loose", "packed", "held", "late", "anew"],
    ["branch", "anew", "main"],
    ["tag", "-d", "light", "noted"],
    ["tag", "-f", "moved", "better"],
    ["notes", "--ref", "kept", "append", "-m", "more"],
    ["update-ref", "refs/notes/rewritten", "main"],
    ["stash", "drop", "stash@{1}"],
  ])
    await git("-C", worktree, ...args);
  const broken = join(path, ".git/refs/heads/broken");
  writeFileSync(broken, `${"1".repeat(40)}\n`);
  const { stdout } = await box.fleet(["kill", "fix", "-d", "--json"], { cwd: path });
  rmSync(broken);
  const { changed_refs, deleted_refs, dropped_stashes } = JSON.parse(stdout).agents[0].left_outside;
  expect(changed_refs).toEqual([
    { ref: "refs/tags/moved", object: was.moved },
    { ref: "refs/heads/anew", object: was.anew },
    { ref: "refs/notes/rewritten", object: was["refs/notes/rewritten"] },
  ]);
  expect(deleted_refs).toEqual([
    { ref: "refs/heads/base", object: was.base },
    { ref: "refs/heads/late", object: was.late },
    { ref: "refs/heads/loose", object: was.loose },
    { ref: "refs/heads/packed", object: was.packed },
    { ref: "refs/tags/noted", object: was.noted },
  ]);
  expect(dropped_stashes).toEqual([{ message: "On main: first", object: was["stash@{1}"] }]);
  // It comes back, and so does what it has done.
  await box.fleet(["restore", "fix"], { cwd: path });
  const { stderr } = await box.fleet(["kill", "fix", "-d"], { cwd: path });
  const before = (name: string) => was[name]?.slice(0, 12);
  const gone = "in [ROOT]/home/code/project while it lived, and held by nothing else:";
  expect(stderr.replaceAll(box.root, "[ROOT]")).toBe(
    [
      `${leftAlone.replace("made", "changed")} the branch anew (was ${before("anew")}); to see more, run ${at} branch -v, and to bring back the former anew, ${at} branch anew-before ${before("anew")}`,
      `${leftAlone.replace("made", "changed")} the refs refs/tags/moved (was ${before("moved")}), refs/notes/rewritten (was ${before("refs/notes/rewritten")}); to see more, run ${at} for-each-ref, and to put back refs/tags/moved, ${at} update-ref refs/tags/moved ${before("moved")}`,
      `  ! deleted ${gone} the branches base (${before("base")}), late (${before("late")}), loose (${before("loose")}), packed (${before("packed")}); to bring back base, run ${at} branch base ${before("base")}`,
      `  ! deleted ${gone} the tag noted (${before("noted")}); to bring back noted, run ${at} tag noted ${before("noted")}`,
      `  ! dropped ${gone} the stash ${before("stash@{1}")} (On main: first); to bring back ${before("stash@{1}")}, run ${at} stash store -m 'On main: first' ${before("stash@{1}")}`,
      "1 of 1 ended. Undo: fleet restore fix",
      "",
    ].join("\n"),
  );
  for (const [, line = ""] of stderr.matchAll(/to (?:bring|put) back (?:the former )?\S+, (?:run )?(.*)$/gm))
    await box.run(["sh", "-c", line]).expect({ stdout: /^/ });
  expect((await git("rev-parse", "noted", "base", "moved", "anew-before", "stash@{0}")).trim().split("\n")).toEqual(
    ["noted", "base", "moved", "anew", "stash@{1}"].map((name) => was[name] ?? ""),
  );
});

/** Commits on a branch, at the time that it is, and leaves it: else all of a sandbox has a fixed time. */
async function commitLate(box: Sandbox, directory: string, branch: string): Promise<void> {
  const env = { GIT_COMMITTER_DATE: `@${Math.ceil(Date.now() / 1000) + 1} +0000` };
  for (const args of [
    ["checkout", "--quiet", branch],
    ["commit", "--quiet", "--allow-empty", "-m", "late"],
    ["checkout", "--quiet", "--detach", "main"],
  ])
    await box.run(["git", ...args], { cwd: directory, env }).expect();
}

test("a kill names each branch at what was seen last of it, also that which its agent was given, and one as an agent's elsewhere", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  const commitOn = async (branch: string) => {
    await git("checkout", "--quiet", branch);
    await git("commit", "--quiet", "--allow-empty", "-m", `on ${branch}`);
    await git("checkout", "--quiet", "main");
  };
  await box.fleet(["create", "moved"], { cwd: (await box.repository("other")).path });
  for (const branch of ["moved", "given"]) {
    await git("branch", branch);
    await commitOn(branch);
  }
  await box.fleet(["create", "older"], { cwd: path });
  await commitOn("moved");
  await box.fleet(["create", "given"], { cwd: path });
  await commitLate(box, agentOn(box, "given").worktree, "given");
  const was = (await git("rev-parse", "given", "moved")).trim().split("\n");
  await git("branch", "-D", "given", "moved");
  const { stdout } = await box.fleet(["kill", "given", "older", "--json"], { cwd: path });
  expect(JSON.parse(stdout).agents[0].left_outside.deleted_refs).toEqual([
    { ref: "refs/heads/given", object: was[0] },
    { ref: "refs/heads/moved", object: was[1] },
  ]);
});

function endedOne(branch: string) {
  return { stdout: new RegExp(`^ +${branch} +ended`), stderr: `1 of 1 ended. Undo: fleet restore ${branch}\n` };
}

test("the branches of other agents are nothing that an agent left, be they alive, killed or of the same launch", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const cwd = { cwd: path };
  await box.fleet(["multi", "one:do", "two:do", "three:do"], cwd);
  await box.fleet(["create", "later"], cwd);
  for (const branch of ["two", "later"]) {
    const worktree = { cwd: agentOn(box, branch).worktree };
    await box.run(["git", "commit", "--quiet", "--allow-empty", "-m", "work"], worktree).expect();
  }
  for (const branch of ["two", "one"]) await box.fleet(["kill", branch], cwd).expect(endedOne(branch));
  await box.fleet(["kill", "three", "later"], cwd).expect(endedAll(2));
});

test("the branch that a killed agent had renamed its own to is not taken along with another, nor is a renamed one of the user's", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  const cwd = { cwd: path };
  await git("branch", "mine");
  for (const branch of ["one", "two"]) await box.fleet(["create", branch], cwd);
  const { worktree } = agentOn(box, "two");
  for (const args of [
    ["commit", "--quiet", "--allow-empty", "-m", "work"],
    ["branch", "-m", "better"],
  ])
    await box.run(["git", ...args], { cwd: worktree }).expect();
  await box.fleet(["kill", "two"], cwd).expect(endedOne("two"));
  await git("branch", "-m", "mine", "theirs");
  const { stderr } = await box.fleet(["kill", "one", "--with-children"], cwd);
  expect(stderr).toMatch(/left alone: the branch theirs; .*\n1 of 1 ended/);
  expect(await git("branch", "--format=%(refname:short)")).toBe("better\nmain\ntheirs");
});

test("of an agent whose own files are gone, the time tells which worktrees are new", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  const older = join(path, ".claude/worktrees/older");
  await git("worktree", "add", "--quiet", "-b", "older", older);
  await box.run(["touch", "-d", "2020-01-01", join(path, ".git/worktrees/older/commondir")]).expect();
  await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
  await git("worktree", "add", "--quiet", "-b", "newer", join(path, "newer"));
  rmSync(join(agentDirectory(box, "fix"), "known-before.json"));
  const { stderr } = await box.fleet(["kill", "fix"], { cwd: path });
  expect(stderr).toContain("project/newer, on the branch newer;");
  expect(stderr).not.toContain("older");
});

test("with --with-children a kill takes along what its agent left, and a restore brings all of it back", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  const cwd = { cwd: path };
  await box.fleet(["create", "fix"], cwd).expect({ stdout: "fix\n", stderr: /./ });
  const run = (...args: string[]) => box.run(["git", ...args], { cwd: agentOn(box, "fix").worktree }).expect();
  const [inner, busy] = [join(path, ".claude/worktrees/inner"), join(box.home, "busy")];
  await run("worktree", "add", "--quiet", "-b", "inner", inner);
  await git("worktree", "lock", "--reason", "an agent (pid 99999999)", inner);
  await git("-C", inner, "commit", "--quiet", "--allow-empty", "-m", "work of a sub-agent");
  writeFileSync(join(inner, "unsaved"), "unsaved\n");
  await run("worktree", "add", "--quiet", "-b", "busy", busy);
  await git("worktree", "lock", "--reason", `an agent (pid ${process.pid})`, busy);
  await run("checkout", "--quiet", "-b", "side");
  await run("commit", "--quiet", "--allow-empty", "-m", "on the side");
  await run("checkout", "--quiet", "fix");
  const before = [await git("rev-parse", "inner"), await git("rev-parse", "side")];
  await box.fleet(["kill", "fix", "--with-children"], cwd).expect({
    stdout: [
      "  fix      ended  branch deleted  nothing of its own",
      "    inner  ended  branch deleted  1 unsaved file saved apart, NOT on the branch; all of it is kept for fleet restore",
      "    side   ended  branch deleted  kept for fleet restore",
      "",
    ].join("\n"),
    stderr:
      /left alone: the worktree \[ROOT\]\/home\/busy, on the branch busy; .*\n1 of 1 ended\. Undo: fleet restore --last\n$/,
  });
  expect(existsSync(inner)).toBe(false);
  expect(await git("branch", "--format=%(refname:short)")).toBe("busy\nmain");
  await git("gc", "--quiet", "--prune=now");
  await box.fleet(["restore", "--last", "--no-resume"], cwd).expect({
    stdout: /inner +restored {2}a worktree: \[ROOT\]\/home\/code\/project\/.claude\/worktrees\/inner\n +fix +restored/,
  });
  expect([await git("rev-parse", "inner"), await git("rev-parse", "side")]).toEqual(before);
  expect(await git("-C", inner, "status", "--porcelain")).toBe("?? unsaved");
  expect(registered(box).map(({ branch }) => branch)).toEqual(["fix"]);
  await box.fleet(["list", "--repair"], cwd).expect({ stdout: /fix/, stderr: /everything agrees/ });
});

test("while other agents work in a repository, only what is proven to be the agent's goes with it", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  const cwd = { cwd: path };
  await box.fleet(["multi", "fix:do", "other:do"], cwd);
  const run = (...args: string[]) => box.run(["git", ...args], { cwd: agentOn(box, "fix").worktree }).expect();
  const [mine, anybodys] = [join(path, "mine"), join(path, "anybodys")];
  await run("worktree", "add", "--quiet", "-b", "mine", mine);
  await git("worktree", "lock", "--reason", `an agent (pid ${agentFile(box, "fix", "pid")?.split(/\s/)[0]})`, mine);
  await run("worktree", "add", "--quiet", "-b", "anybodys", anybodys);
  await run("branch", "helper");
  const { stdout } = await box.fleet(["kill", "fix", "--with-children", "--json"], cwd);
  const [fix] = JSON.parse(stdout).agents;
  expect(fix.taken_along.worktrees).toEqual([{ path: mine, branch: "mine" }]);
  expect(fix.left_outside).toEqual({
    worktrees: [{ path: anybodys, branch: "anybodys" }],
    branches: ["helper"],
    ...{ tags: [], stashes: [], refs: [], remotes: [], ...nothingGone },
    ...{ settings: [], changed_settings: [], files: [], changed_files: [] },
  });
  expect([existsSync(mine), existsSync(anybodys)]).toEqual([false, true]);
});

test("what was taken along goes and comes back where it was, be that on another file system", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const elsewhere = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : box.root, "fleet-left-"));
  onTestFinished(() => rmSync(elsewhere, { recursive: true, force: true }));
  await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
  const inner = join(elsewhere, "inner");
  await box
    .run(["git", "worktree", "add", "--quiet", "-b", "inner", inner], { cwd: agentOn(box, "fix").worktree })
    .expect();
  writeFileSync(join(inner, "unsaved"), "unsaved\n");
  await box.fleet(["kill", "fix", "--with-children"], { cwd: path });
  mkdirSync(inner);
  await box.fleet(["restore", "inner"], { cwd: path });
  const [back = ""] = readdirSync(elsewhere).filter((name) => name.startsWith("inner-"));
  expect(readFileSync(join(elsewhere, back, "unsaved"), "utf8")).toBe("unsaved\n");
  await box.fleet(["restore", "fix", "--no-resume"], { cwd: path });
  await box.fleet(["kill", "fix", "--with-children"], { cwd: path });
  await box.fleet(["prune", "--trash", "-y"], { cwd: path }).expect({ stdout: /./ });
  expect(readdirSync(elsewhere)).toEqual(["inner"]);
});

test("on a terminal a kill offers to take along what its agent left", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
  await box.run(["git", "branch", "side"], { cwd: agentOn(box, "fix").worktree }).expect();
  const terminal = await box.terminal(["fleet", "kill", "fix"], { cwd: path, columns: 200 });
  await terminal.waitFor("made in the repository meanwhile: the branch side; take that along? [y/N]");
  await terminal.type("y");
  await terminal.press("Enter");
  await terminal.waitFor("1 of 1 ended");
  expect(await git("branch", "--format=%(refname:short)")).toBe("main");
});

test("stashes of an agent stay in the user's list and are named, those of others are not", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
  const { worktree } = agentOn(box, "fix");
  const run = (directory: string, when: number, ...args: string[]) =>
    // Else commits of a sandbox have a fixed date.
    box.run(["git", ...args], { cwd: directory, env: { GIT_COMMITTER_DATE: `@${when} +0000` } }).expect();
  const now = Math.ceil(Date.now() / 1000) + 1;
  const stash = async (directory: string, when: number, ...message: string[]) => {
    writeFileSync(join(directory, "README.md"), `${when} ${message}\n`);
    await run(directory, when, "stash", "push", "--quiet", ...message);
  };
  await stash(worktree, now - 1000, "-m", "of an earlier agent on this branch");
  await stash(worktree, now, "-m", "half done");
  await run(worktree, now, "checkout", "--quiet", "--detach");
  await run(worktree, now, "commit", "--quiet", "--allow-empty", "-m", "detached");
  await stash(worktree, now);
  await run(worktree, now, "checkout", "--quiet", "fix");
  await stash(path, now, "-m", "the user's");
  await box.fleet(["kill", "fix"], { cwd: path }).expect({
    stdout: /fix +ended/,
    stderr:
      /left alone: the stashes stash@\{1\} \(WIP on \(no branch\): \[SHA\] detached\), stash@\{2\} \(On fix: half done\); to see more, run git -C \S+ stash list\n1 of 1/,
  });
  const { stdout } = await box.run(["git", "stash", "list"], { cwd: path });
  expect(stdout.split("\n").length).toBe(5);
});

const interrupted = {
  merge: ["merge", "--quiet", "other"],
  rebase: ["rebase", "--quiet", "other"],
  bisect: ["bisect", "start"],
};

for (const [operation, begin] of Object.entries(interrupted)) {
  test(`a ${operation} in progress is named by the kill and by the restore, and goes on afterwards`, async () => {
    await using box = await demoSandbox();
    const { path, git } = await box.repository();
    await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
    const { worktree } = agentOn(box, "fix");
    for (const [directory, branch] of [
      [path, "other"],
      [worktree, "fix"],
    ] as const) {
      await git("-C", directory, "checkout", "--quiet", ...(branch === "other" ? ["-b", "other"] : ["fix"]));
      writeFileSync(join(directory, "README.md"), `${branch}\n`);
      await git("-C", directory, "commit", "--quiet", "--all", "-m", branch);
    }
    await box.run(["git", ...begin], { cwd: worktree });
    const before = await git("-C", worktree, "status");
    await box.fleet(["kill", "fix"], { cwd: path }).expect({
      stdout: new RegExp(`; in the middle of a ${operation}\\n$`),
      stderr: "1 of 1 ended. Undo: fleet restore fix\n",
    });
    const can = await box.fleet(["restore"], { cwd: path });
    expect(can.stdout).toContain(`in the middle of a ${operation}`);
    await box.fleet(["restore", "fix", "--no-resume"], { cwd: path }).expect({
      stdout: new RegExp(`fix +restored +in the middle of a ${operation}, not running`),
    });
    expect(await git("-C", worktree, "status")).toBe(before);
  });
}
