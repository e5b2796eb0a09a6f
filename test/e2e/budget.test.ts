import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Sandbox, sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { registered, textOf } from "./agents.ts";
import { serving } from "./served.ts";

/**
 * Plays Codex as far as budgets are concerned: a turn begins with an answer of a million tokens, which cost five dollars, and lasts until
 * Escape is pressed.
 */
const program = `#!/bin/sh
day=$HOME/.codex/sessions/$(date -u +%Y/%m/%d)
mkdir -p "$day"
rollout=$day/rollout-$(date -u +%Y-%m-%dT%H-%M-%S)-$$.jsonl
row() { printf '{"timestamp":"%s","type":"%s","payload":%s}\\n' "$(date -u +%Y-%m-%dT%H:%M:%S).999Z" "$1" "$2" >>"$rollout"; }
title() { printf '\\033]2;%s\\007' "$1"; }
take_turn() {
  turn=$((\${turn:-0} + 1))
  row token_usage_record '{"response_id":"'"$$-$turn"'","usage":{"input_tokens":250000,"output_tokens":125000}}'
  title '⠋ working'
}
row session_meta '{"id":"thread","cwd":"'"$PWD"'"}'
row turn_context '{"model":"gpt-5.5-codex"}'
stty -icanon -echo -icrnl min 1
take_turn
escape=$(printf '\\033')
return=$(printf '\\r')
while key=$(dd bs=1 count=1 2>/dev/null) && [ "$key" != "" ]; do
  case $key in
    "$escape") title ready ;;
    "$return") take_turn ;;
  esac
done
`;

async function spender(): Promise<Sandbox> {
  const box = await sandbox();
  box.executable("codex", program);
  Object.assign(box.env, { AI_FLEET_DEFAULT_AGENT: "codex", TZ: "UTC" });
  return box;
}

test("an agent whose budget is used is interrupted, says so, and goes on when it is raised", async () => {
  await using box = await spender();
  const at = { cwd: (await box.repository()).path };
  await box.fleet(["create", "one", "-p", "work", "--budget", "5 USD"], at);
  await box.fleet(["wait", "one"], at).expect({ code: 1, stdout: "! one  error  budget 5.00 USD used\n" });
  await box
    .fleet(["list", "one"], at)
    .expect({ stdout: /one +error .*budget 5\.00 USD used/, stderr: "1 agent, 1 needs you: fleet attach (next)\n" });
  await box.fleet(["budget", "one"], at).expect({
    stdout: "BRANCH  OF         USED    BUDGET\none     agent  5.00 USD  5.00 USD  100%\n",
  });
  await box.fleet(["budget", "one", "+1"], at).expect({
    stdout: "BRANCH  OF         USED    BUDGET\none     agent  5.00 USD  6.00 USD  83%\n",
  });
  await box.fleet(["list", "one"], at).expect({
    stdout: /one +idle/,
    stderr: /! one has used 5\.00 USD of a budget of 6\.00 USD\n/,
  });
  expect(registered(box)[0]).toMatchObject({ budget: "6 USD" });
  await box.fleet(["budget", "one", "1USD"], at);
  await box.fleet(["list", "one"], at).expect({ stdout: /one +error .*budget 1\.00 USD used/, stderr: /1 needs you/ });
  // Its turn has ended by itself, and nobody has looked since.
  const note = join(box.home, ".ai_fleet/agents", registered(box)[0]?.id ?? "", "over-budget");
  unlinkSync(note);
  await box.fleet(["list", "one"], at).expect({ stdout: /one +error .*budget 1\.00 USD used/, stderr: /1 needs you/ });
  unlinkSync(note);
  await box.fleet(["wait", "one"], at).expect({ code: 1, stdout: "! one  error  budget 1.00 USD used\n" });
  await box.fleet(["budget", "one", "none"], at).expect({ stdout: "", stderr: /none of them has a budget/ });
  await box.fleet(["list", "one"], at).expect({ stdout: /one +idle/, stderr: "1 agent\n" });
});

test("a batch and a day have budgets that all their agents share", async () => {
  await using box = await spender();
  mkdirSync(join(box.home, ".ai_fleet"), { recursive: true });
  writeFileSync(
    join(box.home, ".ai_fleet/config.toml"),
    'budget_per_batch = "700k tokens"\nbudget_per_day = "1G tokens"\n',
  );
  const at = { cwd: (await box.repository()).path };
  await box.fleet(["fanout", "2", "try", "-p", "work"], at);
  await box.fleet(["wait", "try"], at).expect({
    code: 1,
    stdout:
      "! try-A1  error  budget of the batch 700k tokens used\n! try-A2  error  budget of the batch 700k tokens used\n",
  });
  await box.fleet(["budget", "try-A1", "+1M", "--of", "batch"], at);
  await box.fleet(["list", "-q", "--status", "idle"], at).expect({ stdout: /try-A/ });
  await box.fleet(["budget", "try-A1", "100k", "--of", "day"], at);
  await box.fleet(["list", "--json"], at).expect({ stdout: /budget of the day 100k tokens used/ });
  expect(readFileSync(join(box.home, ".ai_fleet/agents/budgets.json"), "utf8")).toContain('"1700000 tokens"');
});

test("a server keeps budgets while nobody looks", async () => {
  await using box = await spender();
  const at = { cwd: (await box.repository()).path };
  await box.fleet(["create", "one", "-p", "work", "--budget", "5 USD"], at);
  await serving(box, at.cwd);
  const note = join(box.home, ".ai_fleet/agents", registered(box)[0]?.id ?? "", "over-budget");
  await eventually(() => textOf(note) === "budget 5.00 USD used\n", { what: "the budget to be used" });
});

test("a table of budgets keeps to the width of a terminal", async () => {
  await using box = await spender();
  const at = { cwd: (await box.repository()).path };
  const branch = `long-${"x".repeat(100)}`;
  await box.fleet(["create", branch, "-p", "work"], at);
  const terminal = await box.terminal(["fleet", "budget", branch, "50USD"], { ...at, columns: 50 });
  await terminal.waitFor(/^long-x+… +agent +[0-9.]+ USD +50\.00 USD +\d+%$/m);
});

test("what is no budget, or could raise none, is refused before anything is changed", async () => {
  await using box = await spender();
  const at = { cwd: (await box.repository()).path };
  await box
    .fleet(["create", "one", "-p", "work", "--budget", "much"], at)
    .expect({ code: 2, stderr: /--budget takes money or tokens/ });
  await box.fleet(["budget", "--all", "5USD"], at).expect({ stderr: /no agents here; .*--budget AMOUNT/ });
  await box.fleet(["create", "one", "-p", "work"], at);
  await box
    .fleet(["budget", "one"], at)
    .expect({ stdout: "", stderr: /none of them has a budget; .*fleet budget BRANCH 5USD/ });
  await box.fleet(["budget", "one", "+2"], at).expect({ code: 2, stderr: /\+2 says no budget: there is none yet/ });
  await box
    .fleet(["budget", "one", "+2USD"], at)
    .expect({ code: 2, stderr: /there is no budget that \+2USD could raise/ });
  await box
    .fleet(["budget", "5USD"], at)
    .expect({ code: 2, stderr: /no agent is named .*\n.*fleet budget --all 5USD/ });
  await box.fleet(["budget", "one", "5USD"], at);
  await box
    .fleet(["budget", "one", "+2M"], at)
    .expect({ code: 2, stderr: /\+2M says no budget: the budget is 5\.00 USD/ });
  await box.fleet(["budget", "one", "1234567 tokens"], at);
  await box
    .fleet(["budget", "one", "+2"], at)
    .expect({ code: 2, stderr: /\+2 says no budget: the budget is 1\.2M tokens\n.*: 2M or 500k tokens/ });
  await box.fleet(["budget", "one", "+1k"], at);
  const { budgets } = JSON.parse((await box.fleet(["budget", "one", "--json"], at)).stdout);
  expect(budgets[0].limit).toBe(1_235_567);
});
