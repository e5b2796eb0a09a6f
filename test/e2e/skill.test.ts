import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { demoSandbox } from "./agents.ts";

test("the skill is written where an agent looks for it, renewed, and taken away; a file of somebody's own stays", async () => {
  await using box = await demoSandbox();
  const { stdout: text } = await box.fleet(["skill", "show"]);
  expect(text).toMatch(/^---\nname: fleet\ndescription: .{50,1024}\n---\n/);
  const claude = join(box.home, ".claude/skills/fleet/SKILL.md");
  await box.fleet(["skill", "install"]).expect({
    code: 3,
    stderr:
      "✗ none of the agents that read skills is installed: claude and codex\n  to write it all the same, name one: fleet skill install claude\n",
  });
  await box.fleet(["skill", "install", "claude"]).expect({
    stdout: "  claude  [ROOT]/home/.claude/skills/fleet/SKILL.md\n",
    stderr: "To remove it, run fleet skill remove\n",
  });
  expect(readFileSync(claude, "utf8")).toBe(text);
  await box.fleet(["skill", "remove"]).expect({ stdout: "  claude  [ROOT]/home/.claude/skills/fleet/SKILL.md\n" });
  await box.fleet(["skill", "remove"]).expect({ stderr: "there was none\n" });
  await box.fleet(["skill", "install", "claude"]);
  writeFileSync(claude, text.replace("agents", "agents of old"));
  box.executable("codex", "#!/bin/sh\n");
  box.executable("claude", "#!/bin/sh\n");
  const elsewhere = { env: { CODEX_HOME: join(box.home, "codex") } };
  await box.fleet(["skill", "install"], elsewhere).expect({
    stdout: "  claude  [ROOT]/home/.claude/skills/fleet/SKILL.md\n  codex   [ROOT]/home/codex/skills/fleet/SKILL.md\n",
    stderr: /./,
  });
  expect(readFileSync(claude, "utf8")).toBe(text);
  writeFileSync(join(box.home, "codex/skills/fleet/notes.md"), "mine");
  await box.fleet(["skill", "remove"], elsewhere).expect({ stdout: /claude.*\n.*codex/ });
  expect([
    existsSync(join(box.home, ".claude/skills/fleet")),
    existsSync(join(box.home, "codex/skills/fleet")),
  ]).toEqual([false, true]);
  mkdirSync(join(box.home, ".claude/skills/fleet"));
  writeFileSync(claude, "my own\n");
  const own = /^✗ \[ROOT\]\/home\/.claude\/skills\/fleet\/SKILL.md is there, and fleet did not write it\n/;
  await box.fleet(["skill", "install", "claude"]).expect({ code: 1, stderr: own });
  await box.fleet(["skill", "remove", "claude"]).expect({ code: 1, stderr: own });
  await box.fleet(["skill", "remove"]).expect({ stderr: "there was none\n" });
  await box
    .fleet(["skill", "install", "gemini"])
    .expect({ code: 2, stderr: /^✗ gemini reads no skills; claude and codex do\n/ });
});
