import { expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { demoSandbox, untilDemo, writeConfig } from "./agents.ts";

const root = resolve(import.meta.dir, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");

/** One command of a session and what it prints on a terminal. */
interface Step {
  readonly command: string;
  readonly output: string;
}

test("what README shows of five minutes is what the program prints", async () => {
  await using box = await shop();
  await play(box, session("Five minutes"), {
    "fleet list": async () => {
      await untilDemo(box, "migrate", "waiting", 1);
      for (const branch of ["fix-42", "auth-A1", "auth-A2", "auth-A3"]) await untilDemo(box, branch, "idle", 1);
    },
    "fleet logs fix-42 -n 3": () => untilDemo(box, "fix-42", "idle", 2),
  });
});

test("what README shows of many attempts is what the program prints", async () => {
  await using box = await shop();
  await play(box, session("From many attempts to one"), {});
});

async function shop(): Promise<Sandbox> {
  const box = await demoSandbox();
  await box.repository("shop", { files: { "README.md": "# A shop\n" } });
  return box;
}

/** The steps of the first session in a section of README.md. */
function session(heading: string): Step[] {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const block = section.split("```console\n")[1]?.split("```")[0] ?? "";
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [command = "", ...lines] = text.trimEnd().split("\n");
      return { command, output: lines.join("\n") };
    });
}

/** Only looks: it may be run until everything is there. */
const looks = /^fleet list/;

/** Runs each step on a terminal of its own; what must be there before one may run is waited for. */
async function play(box: Sandbox, steps: readonly Step[], before: Record<string, () => Promise<void>>): Promise<void> {
  expect(steps.length).toBeGreaterThan(3);
  for (const { command, output } of steps) {
    await before[command]?.();
    let shown = await shownBy(box, command);
    if (looks.test(command)) {
      await eventually(
        async () => {
          shown = await shownBy(box, command);
          return Bun.deepEquals(plain(shown), plain(output));
        },
        { what: command },
      ).catch(() => undefined);
    }
    expect([command, plain(shown)]).toEqual([command, plain(output)]);
  }
}

async function shownBy(box: Sandbox, command: string): Promise<string> {
  const cwd = join(box.home, "code/shop");
  const terminal = await box.terminal(["sh", "-c", command], { cwd, columns: 100, rows: 50 });
  await terminal.exitCode();
  return terminal.screen();
}

/** What differs from run to run is one letter: commits, times, shares and sizes, and with them the widths of columns and the order of a list. */
function plain(text: string): string[] {
  return text
    .replace(/\b[0-9a-f]{7}\b/g, "C")
    .replace(/\b\d+(?:\.\d+)?s\b/g, "T")
    .replace(/\b\d+%/g, "P")
    .replace(/\b\d+M\b/g, "M")
    .replace(/ +/g, " ")
    .trimEnd()
    .split("\n")
    .sort();
}

test("the example for GitHub Actions leaves the work on a branch, and nothing on the runner", async () => {
  await using box = await runner();
  const { jobs } = example("GitHub Actions") as {
    readonly jobs: { readonly agent: { readonly steps: readonly Run[] } };
  };
  const script = jobs.agent.steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
  const result = await runScript(box, script, { TASK: "fix it", GITHUB_ACTOR: "ada", GITHUB_RUN_ID: "42" });
  expect([result.code, result.stdout]).toEqual([0, expect.stringMatching(/^I noted that in demo-notes\.md /)]);
  expect(await published(box)).toEqual(["agent/42", "main"]);
  await box.fleet(["list", "--all-repos", "--json"]).expect({ stdout: /"agents": \[\]/ });
  expect(readFileSync(join(box.home, "code/shop/agent.xml"), "utf8")).toContain('tests="1" failures="0"');
});

test("the example for GitLab pushes the attempt that passes, from a checkout of no branch", async () => {
  await using box = await runner();
  await box.run(["git", "-C", join(box.home, "code/shop"), "checkout", "--quiet", "--detach"]);
  const { agent } = example("GitLab") as { readonly agent: { readonly script: readonly string[] } };
  // The same attempt three times is a tie, and a race needs a winner.
  const script = agent.script.map((line) => line.replace("fanout 3", "fanout 1").replace(/"https:\S*"/, "origin"));
  const names = { GITLAB_USER_NAME: "ada", GITLAB_USER_EMAIL: "ada@localhost", CI_PIPELINE_ID: "7" };
  const result = await runScript(box, script, { TASK: "fix it", TEST: "test -e demo-notes.md", ...names });
  expect([result.code, result.stderr]).toEqual([0, expect.stringContaining("was the only one")]);
  expect(await published(box)).toEqual(["agent-7", "main"]);
  expect(readFileSync(join(box.home, "code/shop/report.md"), "utf8")).toContain("was taken");
});

interface Run {
  readonly run?: string;
}

async function runner(): Promise<Sandbox> {
  const box = await shop();
  const shopPath = join(box.home, "code/shop");
  const remote = join(box.home, "remote.git");
  await box.run(["git", "clone", "--quiet", "--bare", shopPath, remote]);
  await box.run(["git", "-C", shopPath, "remote", "add", "origin", remote]);
  return box;
}

async function published(box: Sandbox): Promise<string[]> {
  const { stdout } = await box.run(["git", "-C", join(box.home, "remote.git"), "branch", "--format=%(refname:short)"]);
  return stdout.trimEnd().split("\n");
}

function example(heading: string): unknown {
  const section = readFileSync(join(root, ".github/CI.md"), "utf8").split(`\n## ${heading}\n`)[1] ?? "";
  return Bun.YAML.parse(section.split("```yaml\n")[1]?.split("```")[0] ?? "");
}

/** All but what comes from the network: the program is there, and the agent is the one that is built in. */
function runScript(box: Sandbox, lines: readonly string[], env: Record<string, string>) {
  const script = lines.filter((line) => !/^(?:npm install|curl) /.test(line)).join("\n");
  return box.run(["sh", "-e", "-c", script], { cwd: join(box.home, "code/shop"), env });
}

test("every table of settings in the texts is read without a complaint", async () => {
  await using box = await shop();
  const cwd = join(box.home, "code/shop");
  const texts = ["README.md", "src/config/CONFIGURATION.md", "src/agents/AGENTS.md", "src/fleet/cost/COST.md"];
  const blocks = texts.flatMap((file) => readFileSync(join(root, file), "utf8").match(/(?<=```toml\n)[^`]*/g) ?? []);
  expect(blocks.length).toBeGreaterThan(4);
  for (const block of blocks) {
    if (block.includes("[[task]]")) {
      await Bun.write(join(cwd, "tasks.toml"), block.replace(/agent = .*/, ""));
      await box.fleet(["multi", "--file", "tasks.toml", "--dry-run"], { cwd }).expect({ stdout: /./ });
    } else if (block.startsWith("credential_files")) {
      await Bun.write(join(cwd, ".ai_fleet.toml"), block);
      const { stdout, stderr } = await box.fleet(["config", "validate"], { cwd });
      expect(stdout + stderr).not.toMatch(/unknown|TOML|expected/);
      rmSync(join(cwd, ".ai_fleet.toml"));
    } else {
      writeConfig(box, block);
      await box.fleet(["config", "show"], { cwd }).expect({ stdout: /./ });
    }
  }
});
