import { expect, test } from "bun:test";
import { sandbox } from "../helpers/sandbox.ts";

/** Plays a Codex that is told at its start that nearly all of its five hours are used, which end in five seconds. */
const program = `#!/bin/sh
[ "$1" != --version ] || exec echo codex-cli 0.169.0
day=$HOME/.codex/sessions/$(date -u +%Y/%m/%d)
mkdir -p "$day"
rollout=$day/rollout-$(date -u +%Y-%m-%dT%H-%M-%S)-$$.jsonl
row() { printf '{"timestamp":"%s","type":"%s","payload":%s}\\n' "$(date -u +%Y-%m-%dT%H:%M:%S).999Z" "$1" "$2" >>"$rollout"; }
row session_meta '{"id":"thread","cwd":"'"$PWD"'"}'
row turn_context '{"model":"gpt-5.5-codex"}'
row token_usage_record '{"response_id":"'$$'","usage":{"input_tokens":10,"output_tokens":1}}'
window='{"used_percent":96,"window_minutes":300,"resets_at":'$(($(date +%s) + 5))'}'
row event_msg '{"type":"token_count","rate_limits":{"primary":'"$window"',"secondary":null,"plan_type":"plus"}}'
exec sleep 100000
`;

test("agents wait for the quota of their account, and what it is told is shown", async () => {
  await using box = await sandbox();
  box.executable("codex", program);
  box.env.AI_FLEET_DEFAULT_AGENT = "codex";
  const at = { cwd: (await box.repository()).path };
  await box.fleet(["create", "first", "-p", "work"], at);
  const told = /codex \(plus\), told \[TIME\] ago: 96% of 5h used, new in \[TIME\]\n/;
  await box.fleet(["list", "--cost"], at).expect({ stdout: /~\$0\.00/, stderr: told });
  await box.fleet(["doctor"], at).expect({
    code: 0,
    stdout:
      /- +quota +codex: 96% of 5h used +to start agents when it is new, run fleet fanout N -p PROMPT --when-quota\n/,
  });
  const { stderr, stdout, code } = await box.fleet(["fanout", "1", "next", "-p", "work", "--when-quota"], at);
  expect([code, stdout]).toEqual([0, "next-A1\n"]);
  expect(stderr).toMatch(/1 agent waits for quota \(codex until .*\); Ctrl-C gives up/);
});
