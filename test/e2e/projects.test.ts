import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentOn, demoSandbox, untilDemo } from "./agents.ts";

/** Makes the real tool of this machine the one that setup commands find; `scripts/check` installs it. */
async function provideTool(box: Sandbox, name: string, whereItIs: readonly string[]): Promise<void> {
  const { stdout } = await box.run(whereItIs, { env: { PATH: process.env.PATH } });
  box.provide(stdout.trim(), name);
}

/** The settings of the README for one kind of project, for the repository of a test. */
function settings(lines: readonly string[]): string {
  return `[repo."~/code/project"]\n${lines.join("\n")}\n`;
}

test("a Node project is installed and built before its agent starts", async () => {
  await using box = await demoSandbox(
    settings(['credential_files = [".env", ".env.local"]', 'setup_commands = ["npm install", "npm run build"]']),
  );
  await provideTool(box, "node", ["node", "-p", "process.execPath"]);
  await provideTool(box, "npm", ["sh", "-c", "command -v npm"]);
  const project = await box.repository("project", {
    files: {
      ".gitignore": "node_modules/\n.env*\ndist/\n",
      "package.json": JSON.stringify({
        name: "shop",
        version: "1.0.0",
        dependencies: { "left-pad": "file:vendor/left-pad" },
        scripts: { build: "mkdir dist && node -p \"require('left-pad') + process.env.AI_FLEET_PORT\" >dist/out" },
      }),
      "vendor/left-pad/package.json": '{"name": "left-pad", "version": "1.0.0", "main": "index.js"}\n',
      "vendor/left-pad/index.js": 'module.exports = "padded ";\n',
    },
  });
  project.write(".env", "SECRET=1\n");
  const { stderr, code } = await box.fleet(["create", "fix", "-p", "note"], { cwd: project.path, timeoutMs: 60_000 });
  expect(code).toBe(0);
  expect(stderr).toContain("not copied: .env.local is not in the main checkout\n");
  const { worktree } = agentOn(box, "fix");
  expect(readFileSync(join(worktree, "dist/out"), "utf8")).toBe("padded 20000\n");
  expect(readFileSync(join(worktree, ".env"), "utf8")).toBe("SECRET=1\n");
  // Beside an agent that works, git would see half of what it does.
  await untilDemo(box, "fix", "idle", 1);
  const status = await project.git("-C", worktree, "status", "--porcelain");
  expect(status).toBe("?? package-lock.json");
});

test("a Python project has an environment of its own in each worktree", async () => {
  await using box = await demoSandbox(
    settings([
      'credential_files = [".env", "secrets.json"]',
      'setup_commands = ["python3 -m venv --without-pip .venv", ".venv/bin/python manage.py migrate"]',
    ]),
  );
  await provideTool(box, "python3", ["python3", "-c", "import sys; print(sys.executable)"]);
  const project = await box.repository("project", {
    files: {
      ".gitignore": ".venv/\n.env\nsecrets.json\ndb.sqlite3\n",
      "manage.py":
        'import json, sqlite3, sys\nsqlite3.connect("db.sqlite3").execute("create table t (x)")\nprint(sys.prefix, json.load(open("secrets.json")))\n',
    },
  });
  project.write("secrets.json", '{"key": 1}\n');
  project.write(".env", "");
  await box.fleet(["fanout", "2", "fix", "-p", "note"], { cwd: project.path, timeoutMs: 60_000 });
  for (const branch of ["fix-A1", "fix-A2"]) {
    const { worktree, id } = agentOn(box, branch);
    expect(existsSync(join(worktree, "db.sqlite3"))).toBe(true);
    const log = readFileSync(join(box.home, ".ai_fleet/agents", id, "setup.log"), "utf8");
    expect(log).toContain(`${worktree}/.venv {'key': 1}\n`);
    await untilDemo(box, branch, "idle", 1);
    expect(await project.git("-C", worktree, "status", "--porcelain")).toBe("");
  }
});

test("a Rails project gets its keys, and its commands see the environment in front of them", async () => {
  const bundle = '#!/bin/sh\necho "$RAILS_ENV: bundle $*" >>log/setup\n';
  await using box = await demoSandbox(
    settings([
      "credential_files = [",
      '  "config/master.key",',
      '  "config/credentials/development.key",',
      "]",
      "setup_commands = [",
      '  "bundle install",',
      '  "RAILS_ENV=test bundle exec rails db:create db:migrate",',
      '  "RAILS_ENV=test bundle exec rails assets:precompile && test -s config/master.key",',
      "]",
    ]),
  );
  writeFileSync(join(box.bin, "bundle"), bundle, { mode: 0o755 });
  const files = {
    ".gitignore": "/config/master.key\n/config/credentials/*.key\n/log/*\n!/log/.keep\n",
    "log/.keep": "",
  };
  const project = await box.repository("project", { files });
  project.write("config/master.key", "0123456789abcdef\n");
  project.write("config/credentials/development.key", "fedcba9876543210\n");
  const { code, stderr } = await box.fleet(["create", "fix", "-p", "note"], { cwd: project.path });
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("config/master.key, config/credentials/development.key"),
  });
  const { worktree } = agentOn(box, "fix");
  expect(readFileSync(join(worktree, "log/setup"), "utf8")).toBe(
    ": bundle install\ntest: bundle exec rails db:create db:migrate\ntest: bundle exec rails assets:precompile\n",
  );
  expect(readFileSync(join(worktree, "config/credentials/development.key"), "utf8")).toBe("fedcba9876543210\n");
  await untilDemo(box, "fix", "idle", 1);
  expect(await project.git("-C", worktree, "status", "--porcelain")).toBe("");
});
