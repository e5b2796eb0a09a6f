import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { landlockVersion } from "../../src/system/landlock.ts";
import { eventually } from "../helpers/wait.ts";
import { agentFile, agentOn, demoSandbox } from "./agents.ts";

const guarded = ["--sandbox", "write-guard"];
const isThere = landlockVersion() > 0;

if (!isThere) {
  test("a write-guard is refused where the kernel has none, before anything is made", async () => {
    await using box = await demoSandbox();
    const project = await box.repository();
    const refused = { code: 3, stderr: /^✗ the sandbox write-guard does not work here: / };
    await box.fleet(["create", "a", ...guarded], { cwd: project.path }).expect(refused);
  });
} else {
  test("an agent in a write-guard commits, and is stopped and resumed as one without", async () => {
    await using box = await demoSandbox();
    const project = await box.repository();
    const at = { cwd: project.path };
    await box
      .fleet(["create", "a", "-p", "one", ...guarded], at)
      .expect({ stdout: "a\n", stderr: /never asks, write-guard/ });
    const last = () => project.git("log", "-1", "--format=%s", "a");
    await eventually(async () => (await last()) === "demo: one", { what: "the first commit" });
    await box.fleet(["stop", "a"], at).expect({ stdout: "  a  stopped\n" });
    await box.fleet(["resume", "a"], at).expect({ stdout: "  a  resumed  started anew\n" });
    await eventually(() => agentFile(box, "a", "inside/status")?.startsWith("idle") === true, {
      what: "it to be idle",
    });
    await box.fleet(["prompt", "a", "two"], at).expect({ stdout: "  a  submitted\n" });
    await eventually(async () => (await last()) === "demo: two", { what: "the second commit" });
    await box
      .fleet(["kill", "a"], at)
      .expect({ stdout: "  a  ended  branch kept  2 commits of its own\n", stderr: /Undo/ });
  });

  test("a write-guard lets an agent change its worktree, caches and temporary files, and nothing else", async () => {
    await using box = await demoSandbox();
    const project = await box.repository();
    const at = { cwd: project.path };
    mkdirSync(join(box.home, ".cache"));
    writeFileSync(join(box.home, "notes"), "mine\n");
    await box.fleet(["create", "a", ...guarded], at);
    const allowed = [join(agentOn(box, "a").worktree, "x"), join(box.temporary, "x"), join(box.home, ".cache", "x")];
    const refused = [
      join(box.home, "x"),
      join(box.home, "notes"),
      join(project.path, "README.md"),
      join(project.path, ".git", "config"),
      join(project.path, ".git", "hooks", "post-commit"),
      join(box.home, ".ai_fleet", "state.json"),
      join(box.home, ".ai_fleet", "config.toml"),
    ];
    const before = refused.map((path) => (existsSync(path) ? readFileSync(path, "utf8") : undefined));
    const write = 'for each; do (echo "# x" >>"$each") 2>/dev/null && echo "$each"; done; :';
    await box
      .fleet(["exec", "a", "--", "sh", "-c", write, "sh", ...allowed, ...refused], at)
      .expect({ stdout: allowed.map((path) => `${path.replace(box.root, "[ROOT]")}\n`).join("") });
    expect(refused.map((path) => (existsSync(path) ? readFileSync(path, "utf8") : undefined))).toEqual(before);
    const later = `setsid sh -c 'mv "$0" "$0.gone" || echo refused' ${box.home}/notes 2>/dev/null`;
    await box.fleet(["exec", "a", "--", "sh", "-c", later], at).expect({ stdout: "refused\n" });
  });

  test("a write-guard says what it does not cover, and that it keeps nobody from the network", async () => {
    await using box = await demoSandbox();
    const project = await box.repository();
    const { stdout } = await box.fleet(["doctor"], { cwd: project.path });
    expect(stdout).toMatch(/sandbox +write-guard works: Landlock \d+; it does not cover reading, the network, sockets/);
    await box.fleet(["create", "a", ...guarded, "--network", "none"], { cwd: project.path }).expect({
      code: 2,
      stderr:
        "✗ a write-guard cannot be kept from the network\n" +
        "  to hold it in one that can, add --sandbox bubblewrap; to leave it the network, add --network full\n",
    });
  });
}

test("a branch that was moved beside an agent in a write-guard is named once, with the line that puts it back", async () => {
  await using box = await demoSandbox('sandbox = "write-guard"\n');
  const project = await box.repository();
  const at = { cwd: project.path };
  await project.git("branch", "side");
  await box.fleet(["create", "a"], at);
  await box.fleet(["create", "b"], at);
  // What a checkout of the branch has moved, and what another agent has committed, is nothing to tell.
  await project.git("commit", "-q", "--allow-empty", "-m", "mine");
  const commit = (text: string) => `git commit -q --allow-empty -m ${text}`;
  await box.fleet(["exec", "b", "--", "sh", "-c", commit("other")], at).expect({});
  await box.fleet(["list", "-q"], at).expect({ stdout: /./ });
  const before = await project.git("rev-parse", "side", "main");
  await box.fleet(["exec", "a", "--", "sh", "-c", `${commit("own")} && git branch -qf side`], at).expect({});
  const { stderr } = await box.fleet(["list", "a", "-q"], at);
  expect(stderr).toMatch(
    /^ {2}! a: while it ran side, which is not its own, was moved to \w+, and not in a checkout; to put it back to \w+, run git -C \S+ update-ref refs\/heads\/side \w+ \w+\n$/,
  );
  await box.fleet(["list", "a", "-q"], at).expect({ stdout: "a\n" });
  await box.run(["sh", "-c", /run (git .*)$/m.exec(stderr)?.[1] ?? "false"], at).expect({});
  expect(await project.git("rev-parse", "side", "main")).toBe(before);
});
