import { expect, test } from "bun:test";
import { join } from "node:path";
import { demoSandbox, filesNamed, untilDemo } from "./agents.ts";

/** Files with which a repository steers Bun when Bun runs in it. The first line of each would be seen in what a command does. */
const evilFiles = {
  ".env": "AI_FLEET_HOME=/nowhere\nAI_FLEET_DEFAULT_AGENT=evil\nEVIL=from-dotenv\nNO_COLOR=\n",
  ".env.local": "AI_FLEET_WORKTREE_ROOT=/nowhere\nEVIL=from-dotenv-local\n",
  ".env.production": "EVIL=from-dotenv-production\n",
  "bunfig.toml": 'preload = ["./evil.ts"]\n[run]\npreload = ["./evil.ts"]\n',
  "package.json":
    '{"name": "evil", "type": "commonjs", "imports": {"*": "./evil.ts"}, "scripts": {"create": "./evil.ts"}}\n',
  "tsconfig.json": '{"compilerOptions": {"paths": {"*": ["./evil.ts"]}, "jsxImportSource": "./evil"}}\n',
  "evil.ts": 'require("node:fs").writeFileSync(process.env.HOME + "/pwned", ""); console.log("EVIL");\n',
  "node_modules/citty/package.json": '{"name": "citty", "main": "../../evil.ts"}\n',
  ".tmux.conf": 'run-shell "touch ~/pwned"\n',
};

const commands: readonly (readonly string[])[] = [
  ["--version"],
  ["--help"],
  ["help", "create"],
  ["create", "other", "--dry-run"],
  ["list"],
  ["list", "--json"],
  ["prompt", "fix", "next"],
  ["logs", "fix"],
  ["path", "fix"],
  ["diff", "fix"],
  ["attach", "fix"],
  ["config", "show"],
  ["config", "path"],
  ["config", "validate"],
  ["doctor"],
  ["completions", "bash"],
  ["__complete", "targets"],
  ["fanout", "1", "more", "-p", "a task"],
  ["multi", "and-more:a task"],
  ["stop", "fix"],
  ["kill", "more-A1", "-y"],
];

test("a repository cannot steer fleet, nor what it gives its agents, with files for Bun", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository("project", { files: evilFiles });
  await box.fleet(["create", "fix", "-p", "a task"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
  await untilDemo(box, "fix", "idle", 1);
  const { stdout: environ } = await box.run(["cat", `/proc/${await panePid()}/environ`]);
  expect(environ).not.toContain("EVIL");

  for (const options of [undefined, "--preload ./evil.ts", "--preload=./evil.ts --env-file=.env --smol"]) {
    const at = { cwd: path, env: { BUN_OPTIONS: options } };
    for (const command of options === undefined ? commands : commands.slice(0, 12)) {
      const { stdout, stderr } = await box.fleet(command, at);
      expect(`${command.join(" ")}: ${stdout}${stderr}`).not.toMatch(/EVIL|from-dotenv|nowhere|evil:/);
    }
  }
  expect(filesNamed("pwned", box)).toEqual([]);

  async function panePid(): Promise<number> {
    const [pane] = await box.tmux.panes();
    return pane?.pid ?? 0;
  }
});

test("a preload through BUN_OPTIONS has no effect on what a command answers", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository("project", { files: evilFiles });
  const env = { BUN_OPTIONS: `--preload ${join(path, "evil.ts")}` };
  const answer = '{\n  "version": 1,\n  "agents": []\n}\n';
  await box.fleet(["list", "--json"], { cwd: path }).expect({ stdout: answer });
  await box.fleet(["list", "--json"], { cwd: path, env }).expect({ stdout: answer });
});
