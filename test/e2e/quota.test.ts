import { expect, test } from "bun:test";
import { sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { codexWithQuota } from "./codex-with-quota.ts";

test("agents wait for the quota of their account, and what it is told is shown", async () => {
  await using box = await sandbox();
  box.executable("codex", codexWithQuota);
  box.env.AI_FLEET_DEFAULT_AGENT = "codex";
  const at = { cwd: (await box.repository()).path };
  await box.fleet(["create", "first", "-p", "work"], at);
  const told = /codex \(plus\), told \[TIME\] ago: 96% of 5h used, new in \[TIME\]\n/;
  const cost = () => box.fleet(["list", "--cost"], at);
  await eventually(async () => (await cost()).stderr.includes("96% of 5h"), { what: "the quota to be told" });
  await cost().expect({ stdout: /~\$0\.00/, stderr: told });
  await box.fleet(["doctor"], at).expect({
    code: 0,
    stdout:
      /- +quota +codex: 96% of 5h used +to start agents when it is new, run fleet fanout N -p PROMPT --when-quota\n/,
  });
  const { stderr, stdout, code } = await box.fleet(["fanout", "1", "next", "-p", "work", "--when-quota"], at);
  expect([code, stdout]).toEqual([0, "next-A1\n"]);
  expect(stderr).toMatch(/1 agent waits for quota \(codex until .*\); Ctrl-C gives up/);
});
