/** Plays a Codex that is told at its start that nearly all of its five hours are used, which end in ten seconds. */
export const codexWithQuota = `#!/bin/sh
[ "$1" != --version ] || exec echo codex-cli 0.169.0
day=$HOME/.codex/sessions/$(date -u +%Y/%m/%d)
mkdir -p "$day"
rollout=$day/rollout-$(date -u +%Y-%m-%dT%H-%M-%S)-$$.jsonl
row() { printf '{"timestamp":"%s","type":"%s","payload":%s}\\n' "$(date -u +%Y-%m-%dT%H:%M:%S).999Z" "$1" "$2" >>"$rollout"; }
row session_meta '{"id":"thread","cwd":"'"$PWD"'"}'
row turn_context '{"model":"gpt-5.5-codex"}'
row token_usage_record '{"response_id":"'$$'","usage":{"input_tokens":10,"output_tokens":1}}'
window='{"used_percent":96,"window_minutes":300,"resets_at":'$(($(date +%s) + 10))'}'
row event_msg '{"type":"token_count","rate_limits":{"primary":'"$window"',"secondary":null,"plan_type":"plus"}}'
exec sleep 100000
`;
