import { expect, test } from "bun:test";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { playedCodex } from "./played-codex.ts";

async function listed(box: Sandbox, cwd: string) {
  const { stdout } = await box.fleet(["list", "--json"], { cwd });
  return (JSON.parse(stdout) as { agents: { status: string; reason: string | null; status_since: string | null }[] })
    .agents[0];
}

test("an agent whose model gives no answer has an error with its reason, which ends a wait", async () => {
  await using box = await playedCodex();
  const { path } = await box.repository();
  await box.fleet(["create", "one", "-p", "please fail"], { cwd: path });
  await box.fleet(["wait", "one"], { cwd: path }).expect({ code: 1, stdout: "! one  error  quota used up\n" });
  expect(await listed(box, path)).toMatchObject({
    status: "error",
    reason: "quota used up",
    status_since: expect.any(String),
  });
});

test("the error from before a prompt does not end a wait, and the agent is idle after the next answer", async () => {
  await using box = await playedCodex();
  const repository = await box.repository();
  const at = { cwd: repository.path };
  await box.fleet(["create", "one", "-p", "please fail"], at);
  await eventually(async () => (await listed(box, repository.path))?.status === "error", { what: "an error" });
  await box.fleet(["prompt", "one", "--wait", "go on"], at).expect({ stdout: "Done.\n" });
  expect(await listed(box, repository.path)).toMatchObject({ status: "idle", reason: null });
  await box.fleet(["kill", "one"], at);
  await expectNothingLeft(box, repository);
});
