import { expect, test } from "bun:test";
import { readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { scrub } from "../helpers/scrub.ts";
import { agentOn, demoSandbox, endedAll, receivedBy, registered, sorted, untilDemo } from "./agents.ts";

const numbers = [1, 2, 3, 4, 5];

/** What is said while agents start, in the order of its words: they start at the same time. */
function narration(branches: readonly string[], batch: string): string[] {
  return [
    ...branches.flatMap((branch) => [
      `  ${branch}  agent: demo, never asks`,
      `  ${branch}  branch: ${branch}, new, from main@[SHA]`,
    ]),
    `${branches.length} of ${branches.length} are working.`,
    `  fleet list --grouped     fleet attach     fleet wait ${batch}     fleet kill ${batch}`,
  ].sort();
}

function lines(names: readonly string[]): string {
  return names.map((name) => `${name}\n`).join("");
}

/** Waits until each agent has had the prompt, alone in its own worktree, branch and session. */
async function expectAtWork(box: Sandbox, branches: readonly string[], prompt: string): Promise<void> {
  for (const branch of branches) {
    await untilDemo(box, branch, "idle", 1);
    expect(receivedBy(box, branch)).toEqual([prompt]);
    expect(agentOn(box, branch)).toMatchObject({ worktree: join(box.home, ".ai_fleet/worktrees", branch), prompt });
  }
  const sessions = (await box.tmux.sessions()).map(({ name }) => name);
  expect(sessions.sort()).toEqual(branches.map((branch) => `ai_${branch}`).sort());
}

test('fleet fanout 5 --prompt "refactor auth"', async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  const result = await box.fleet(["fanout", "5", "--prompt", "refactor auth"], at).expect({
    stdout: lines(numbers.map((n) => `fanout-[ID1]-A${n}`)),
    stderr: /./,
  });
  const branches = result.stdout.trimEnd().split("\n");
  expect(sorted(scrub(result.stderr, box))).toEqual(
    narration(
      numbers.map((n) => `fanout-[ID1]-A${n}`),
      "[ID1]",
    ),
  );
  const batch = branches[0]?.slice("fanout-".length, -"-A1".length) ?? "";
  expect(batch).toMatch(/^[0-9a-f]{8}$/);
  expect(new Set(registered(box).map((entry) => entry.batch_id))).toEqual(new Set([batch]));
  await expectAtWork(box, branches, "refactor auth");

  const second = await box.fleet(["fanout", "1", "-p", "work 0"], at);
  expect(second.stdout).toMatch(/^fanout-[0-9a-f]{8}-A1\n$/);
  expect(branches).not.toContain(second.stdout.trimEnd());
  await box.fleet(["kill", batch], at).expect(endedAll(5));
  await box.fleet(["list", "-q"], at).expect({ stdout: "fanout-[ID1]-A1\n" });
});

test("fleet fanout 5 auth-refactor, and its end with a pattern", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  const branches = numbers.map((n) => `auth-refactor-A${n}`);
  const result = await box.fleet(["fanout", "5", "auth-refactor", "--prompt", "refactor auth"], at).expect({
    stdout: lines(branches),
    stderr: /./,
  });
  expect(sorted(scrub(result.stderr, box))).toEqual(narration(branches, "auth-refactor"));
  await expectAtWork(box, branches, "refactor auth");
  expect(agentOn(box, "auth-refactor-A5").batch_id).toBe("auth-refactor");

  await box.fleet(["list", "-q", "--grouped"], at).expect({ stdout: lines(branches) });
  const { stdout } = await box.fleet(["list", "--grouped"], at);
  const [heading, , ...rows] = stdout.trimEnd().split("\n");
  expect(heading).toMatch(/^auth-refactor: 5 agents \(5 idle\), CPU \d+%, MEM \d+M, \d+s, refactor auth$/);
  expect(rows.map((row) => row.trim().split(/ +/).slice(0, 2))).toEqual(branches.map((branch) => [branch, "idle"]));

  await box.fleet(["kill", "auth-refactor-A*"], at).expect({
    stdout: branches.map((branch) => `  ${branch}  ended  branch kept  1 commit of its own\n`).join(""),
    stderr: "5 of 5 ended. Undo: fleet restore --last\n",
  });
  await expectNothingLeft(box, project, { branches: ["main", ...branches] });
});

test("names in the way are refused, and --continue numbers on behind them", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await project.git("branch", "x-A2");
  await project.git("branch", "x-Anna");
  await project.git("branch", "x-A10x");
  await box.fleet(["fanout", "3", "x", "-p", "work 0"], at).expect({
    code: 1,
    stderr: [
      "✗ 1 of the 3 names are taken, so nothing was made\n",
      "  │ x-A2\n",
      "  to number on behind them, run fleet fanout 3 x --continue ...\n",
    ].join(""),
  });
  await expectNothingLeft(box, project, { branches: ["main", "x-A2", "x-Anna", "x-A10x"] });
  await box
    .fleet(["fanout", "2", "x", "-p", "work 0", "--continue"], at)
    .expect({ stdout: "x-A3\nx-A4\n", stderr: /./ });
  await box.fleet(["fanout", "1", "x", "-p", "work 0", "--continue"], at).expect({ stdout: "x-A5\n", stderr: /./ });
  await box
    .fleet(["fanout", "2", "new", "-p", "work 0", "--continue"], at)
    .expect({ stdout: "new-A1\nnew-A2\n", stderr: /./ });
  await box.fleet(["fanout", "1", "a..b", "-p", "x"], at).expect({
    code: 2,
    stderr: [
      '✗ git does not accept branches called "a..b-A1": it has two dots in a row\n',
      "  to see the rules, run git help check-ref-format\n",
    ].join(""),
  });
});

test("agents can be mixed, by number or in equal shares", async () => {
  await using box = await demoSandbox('[agents.other]\ncommand = "sh"\nflags = ["-c", "read -r _", "other"]\n');
  const { path } = await box.repository();
  const mix = async (prefix: string, count: string, specification: string, agents: string) => {
    const words = ["fanout", count, prefix, "-p", "work 0", "--agent", specification];
    await box.fleet(words, { cwd: path }).expect({ stdout: /./, stderr: /./ });
    const made = registered(box).filter(({ batch_id }) => batch_id === prefix);
    expect(
      made
        .map(({ branch, agent }) => `${branch.slice(prefix.length + 1)}=${agent}`)
        .sort()
        .join(" "),
    ).toBe(agents);
  };
  await mix("numbers", "3", "demo:2,other", "A1=demo A2=demo A3=other");
  await mix("shares", "3", "other,demo", "A1=other A2=other A3=demo");
  await mix("one", "2", "other", "A1=other A2=other");
  await box.fleet(["fanout", "3", "-p", "x", "--agent", "demo:2,other:2"], { cwd: path }).expect({
    code: 2,
    stderr: "✗ --agent demo:2,other:2 does not add up to 3 agents\n  see fleet fanout --help\n",
  });
  await box.fleet(["fanout", "2", "z", "-p", "x", "--agent", "demo,nobody"], { cwd: path }).expect({
    code: 2,
    stderr: [
      "✗ 1 of 2 agents cannot be made, so none was\n",
      "  │ z-A2: there is no agent called nobody; known are claude, codex, gemini, opencode, qwen, copilot, demo, other\n",
      "  to describe another one in a table [agents.NAME], run fleet config edit\n",
    ].join(""),
  });
});

test("an agent that cannot be made does not disturb the others", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  const lock = join(project.path, ".git/refs/heads/x-A2.lock");
  writeFileSync(lock, "");
  await box.fleet(["fanout", "4", "x", "-p", "work 0"], at).expect({
    code: 1,
    stdout: "x-A1\nx-A3\nx-A4\n",
    stderr:
      /\n✗ x-A2: git worktree failed\n(?: {2}│ .*\n)+ {2}if no git .* run rm \S+x-A2\.lock\n3 of 4 are working\.\n/,
  });
  rmSync(lock);
  for (const branch of ["x-A1", "x-A3", "x-A4"]) await untilDemo(box, branch, "idle", 1);
  await box.fleet(["kill", "x"], at).expect(endedAll(3));
  await expectNothingLeft(box, project);
});

test("of an agent whose worktree git cannot add no branch is left, and what git had there before stays", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  const place = join(box.home, ".ai_fleet/worktrees/x-A2");
  await project.git("worktree", "add", "--detach", place);
  rmSync(place, { recursive: true });
  const registered = join(project.path, ".git/worktrees/x-A2");
  utimesSync(join(registered, "commondir"), new Date(0), new Date(0));
  const { code, stdout, stderr } = await box.fleet(["fanout", "3", "x", "-p", "note"], at);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "x-A1\nx-A3\n" });
  expect(stderr).toContain("✗ x-A2: git worktree failed\n");
  expect(await project.git("branch", "--format=%(refname:short)")).toBe("main\nx-A1\nx-A3");
  expect(readFileSync(join(registered, "gitdir"), "utf8")).toBe(`${place}/.git\n`);
});

test("--json answers with the agents, --dry-run with what would be made", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["fanout", "2", "x", "-p", "work 0", "--dry-run"], at).expect({
    stdout: ["x-A1", "x-A2"]
      .map((name) =>
        [
          `branch    ${name}, new, from main@[SHA]\n`,
          `worktree  [ROOT]/home/.ai_fleet/worktrees/${name}\n`,
          `session   ai_${name}\n`,
          "agent     demo, never asks\n",
        ].join(""),
      )
      .join(""),
  });
  await expectNothingLeft(box, project);
  const { stdout } = await box.fleet(["fanout", "2", "x", "-p", "work 0", "--json"], at).expect({
    stdout: /./,
    stderr: /./,
  });
  expect(JSON.parse(stdout)).toMatchObject({
    version: 1,
    agents: [
      { branch: "x-A1", batch_id: "x", pid: expect.any(Number) },
      { branch: "x-A2", batch_id: "x", pid: expect.any(Number) },
    ],
    failures: [],
  });
});
