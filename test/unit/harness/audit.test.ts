import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { audit, expectNothingLeft } from "../../helpers/audit.ts";
import { sandbox } from "../../helpers/sandbox.ts";
import { scrub } from "../../helpers/scrub.ts";
import { eventually } from "../../helpers/wait.ts";

const program = "/bin/sh";

test("nothing is left in a new sandbox, nor by what is allowed", async () => {
  await using box = await sandbox({ program });
  const repository = await box.repository();
  await expectNothingLeft(box, repository);
  await repository.git("branch", "kept");
  await repository.git("config", "branch.kept.remote", "origin");
  await repository.git("update-ref", "refs/fleet/saved/1", "HEAD");
  await box.tmux.run(["new-session", "-d", "-s", "mine", "sh -c 'sleep 60; :'"]);
  writeBelow(join(box.home, ".ai_fleet"), {
    "state.json": "[]\n",
    "config.toml": "",
    "agents/1a2b3c4d/setup.log": "ok",
  });
  mkdirSync(join(box.home, ".ai_fleet/worktrees/.trash"), { recursive: true });
  await expectNothingLeft(box, repository, { branches: ["main", "kept"], sessions: ["mine"] });
});

test("everything that is left is named", async () => {
  await using box = await sandbox({ program });
  const repository = await box.repository();
  await repository.git("worktree", "add", "--quiet", "-b", "fix", join(box.home, "fix"));
  await repository.git("config", "branch.gone.remote", "origin");
  repository.write(".git/refs/heads/fix.lock", "");
  await box.tmux.run(["new-session", "-d", "-s", "ai_fix", "exec sleep 64"]);
  await box.run(["sh", "-c", "env -i setsid sleep 65 >/dev/null 2>&1 &"]);
  writeBelow(join(box.home, ".ai_fleet"), {
    "worktrees/fix/file": "",
    "worktrees/.trash/old/file": "",
    "journal/1a2b3c4d.json": "{}",
    "agents/1a2b3c4d/environment": "TOKEN=x",
    "state.json": '[{"branch":"fix"}]',
  });
  writeFileSync(join(box.temporary, "scratch"), "");
  const sleeping = async () =>
    (await box.processes()).filter(({ command }) => /^sleep 6[45]$/.test(command)).length === 2;
  await eventually(sleeping, { what: "both to have become what they are started for" });

  const left = (await audit(box, repository)).map((line) => scrub(line, box).replace(/^process \d+/, "process [PID]"));
  expect(left).toEqual([
    "worktree [ROOT]/home/fix, HEAD [SHA], branch refs/heads/fix",
    "git's folder of worktree fix",
    "branch fix",
    "git setting branch.gone.remote",
    "git lock refs/heads/fix.lock",
    "tmux session ai_fix",
    expect.stringMatching(/^process \[PID\] sleep 6[45]$/),
    expect.stringMatching(/^process \[PID\] sleep 6[45]$/),
    "worktrees/fix",
    "worktrees/.trash/old",
    "journal/[ID1].json",
    "agents/[ID1]/environment",
    'state.json: [{"branch":"fix"}]',
    "temporary file scratch",
  ]);

  for (const { pid, command } of await box.processes()) if (command === "sleep 65") process.kill(pid);
});

function writeBelow(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}
