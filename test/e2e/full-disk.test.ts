import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { PendingResult } from "../helpers/run.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentOn, demoSandbox, ended, fleetHome, registered, untilDemo } from "./agents.ts";

/** Runs fleet with a limit on the size of files, which fails as a full disk does. A block has 512 bytes. */
function withFullDisk(box: Sandbox, blocks: number, words: readonly string[], cwd: string): PendingResult {
  const script = `trap '' XFSZ; ulimit -f ${blocks}; exec fleet "$@"`;
  return box.run(["/bin/sh", "-c", script, "sh", ...words], { cwd });
}

test("a disk that is full while a worktree is made: nothing is left", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project", { files: { big: "x".repeat(200_000) } });
  const at = { cwd: project.path };
  await box.fleet(["create", "first"], at);
  await withFullDisk(box, 200, ["create", "fix", "-p", "go"], project.path).expect({
    code: 1,
    stderr: "✗ git reset failed with exit code 153\n",
  });
  await withFullDisk(box, 1, ["create", "fix", "-p", "go"], project.path).expect({
    code: 1,
    stderr:
      /^✗ \[ROOT\]\/home\/\.ai_fleet\/journal\/[^ ]+\.json cannot be written: file too large\n {2}to see how full the disk is, run df -h \[ROOT\]\/home\/\.ai_fleet\/journal\n$/,
  });
  await box.fleet(["kill", "first"], at).expect(ended("first"));
  await expectNothingLeft(box, project);
});

test("a disk that is full while work is saved: agent and worktree are kept as they are", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const { worktree } = agentOn(box, "fix");
  const work = crypto.getRandomValues(new Uint8Array(60_000));
  writeFileSync(join(worktree, "new"), work);
  await withFullDisk(box, 100, ["kill", "fix"], project.path).expect({
    code: 1,
    stdout:
      "  fix  kept  git hash-object failed with exit code 153  git -C [ROOT]/home/.ai_fleet/worktrees/fix status\n",
    stderr: "0 of 1 ended.\n",
  });
  expect(new Uint8Array(readFileSync(join(worktree, "new")))).toEqual(work);
  await box
    .fleet(["kill", "fix"], at)
    .expect(ended("fix", "branch kept  1 unsaved file saved apart, NOT on the branch"));
  await expectNothingLeft(box, project, { branches: ["main", "fix"] });
});

test("a disk that is full keeps nobody from looking", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  await box.fleet(["create", "fix", "-p", "note"], { cwd: project.path });
  await untilDemo(box, "fix", "idle", 1);
  for (const words of [["list", "--cost"], ["list", "--fresh"], ["logs", "fix"], ["compare"], ["cost"], ["doctor"]]) {
    const { code, stderr } = await withFullDisk(box, 0, words, project.path);
    expect({ words, code, stderr: stderr.includes("cannot be written") }).toEqual({ words, code: 0, stderr: false });
  }
});

test("a disk that is full does not keep an agent from being stopped", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  await withFullDisk(box, 0, ["stop", "fix"], project.path).expect({
    stdout: "  fix  stopped\n",
    stderr:
      "  ! the last screen of fix is not kept: [ROOT]/home/.ai_fleet/agents/[ID1]/screen cannot be written: file too large\n",
  });
  expect(await box.tmux.sessions()).toEqual([]);
  await withFullDisk(box, 0, ["create", "other"], project.path).expect({
    code: 1,
    stderr:
      /^✗ the lock \[ROOT\]\/home\/\.ai_fleet\/state\.json\.lock cannot be taken: .* cannot be written: file too large\n {2}to see how full the disk is, run df -h \[ROOT\]\/home\/\.ai_fleet\n$/,
  });
  expect(readdirSync(fleetHome(box)).sort()).toEqual(["agents", "config.toml", "journal", "state.json", "worktrees"]);
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  await expectNothingLeft(box, project);
});

/** Makes the registry so large that it does not fit on a disk with 500 blocks. */
function swellRegistry(box: Sandbox): string {
  const file = join(fleetHome(box), "state.json");
  writeFileSync(file, JSON.stringify(registered(box).map((entry) => ({ ...entry, note: "x".repeat(300_000) }))));
  return file;
}

test("a disk that is full while the registry is written: the next command completes what was done", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "first"], at);
  const before = readFileSync(swellRegistry(box), "utf8");
  const full = [
    "✗ [ROOT]/home/.ai_fleet/state.json cannot be written: file too large\n",
    "  to see how full the disk is, run df -h [ROOT]/home/.ai_fleet\n",
  ].join("");
  await withFullDisk(box, 500, ["create", "fix"], project.path).expect({
    code: 1,
    stderr: `  branch  fix, new, from main@[SHA]\n  agent   demo, never asks  [TIME]\n${full}`,
  });
  expect(readFileSync(join(fleetHome(box), "state.json"), "utf8")).toBe(before);
  await box.fleet(["list", "--repair"], at).expect({
    stdout: /\n {2}fix {2}idle .*\n/,
    stderr: [
      "fix: its creation was interrupted after it had started; it is in the list now\n",
      "everything agrees; nothing to repair\n2 agents\n",
    ].join(""),
  });
  await withFullDisk(box, 500, ["kill", "fix"], project.path).expect({ code: 1, stderr: full });
  await box.fleet(["kill", "first"], at).expect({
    ...ended("first"),
    stderr: "fix: ending it was interrupted; it is gone now\n1 of 1 ended. Undo: fleet restore first\n",
  });
  await expectNothingLeft(box, project);
});
