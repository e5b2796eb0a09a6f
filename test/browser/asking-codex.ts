/**
 * Plays Codex as far as the fleet looks at it, with what makes a page worth reading: it says what it does, runs a command for which it
 * asks, and writes all of it into its transcript, half a dollar for each turn. What was answered is in `answer` of its worktree.
 */
export const askingCodex = `#!/bin/sh
for prompt; do :; done
day=\${CODEX_HOME:-$HOME/.codex}/sessions/$(date -u +%Y/%m/%d)
mkdir -p "$day"
rollout=$day/rollout-$(date -u +%Y-%m-%dT%H-%M-%S)-$$.jsonl
row() { printf '{"timestamp":"%s","type":"%s","payload":%s}\\n' "$(date -u +%Y-%m-%dT%H:%M:%S).999Z" "$1" "$2" >>"$rollout"; }
title() { printf '\\033]2;%s\\007' "$1"; }
said() { row event_msg '{"type":"item_completed","item":{"type":"AgentMessage","content":[{"text":"'"$1"'"}]}}'; }
ran() { row response_item '{"type":"function_call","name":"exec_command","arguments":"{\\"cmd\\":\\"'"$1"'\\"}","call_id":"c"}'; }
take_turn() {
  row response_item '{"role":"user","content":[{"text":"'"$1"'"}]}'
  row event_msg '{"type":"item_completed","item":{"type":"UserMessage","content":[{"text":"'"$1"'"}]}}'
  row event_msg '{"type":"task_started"}'
  turn=$((\${turn:-0} + 1))
  row token_usage_record '{"response_id":"'"$$-$turn"'","usage":{"input_tokens":25000,"output_tokens":12500}}'
  said 'I look at the **tests** first.'
  ran 'npm test'
  case $1 in *publish*) ask ;; esac
  said 'Done: \`npm test\` passes.'
  row event_msg '{"type":"task_complete","last_agent_message":"Done: npm test passes."}'
  title ready
}
ask() {
  printf '\\033[2J\\033[H  Would you like to run the following command?\\r\\n\\r\\n  $ npm publish\\r\\n\\r\\n'
  printf '\\342\\200\\272 1. Yes, proceed (y)\\r\\n  2. No, and tell Codex what to do differently (esc)\\r\\n'
  title '[ ! ] asks'
  stty raw -echo
  dd bs=1 count=1 of=answer 2>/dev/null
  stty sane -echo
  printf '\\033[2J\\033[H'
  title '\\342\\240\\213 works'
}
row session_meta '{"id":"thread","cwd":"'"$PWD"'"}'
row turn_context '{"model":"gpt-5.5-codex"}'
printf '\\033[?1049h'
title ready
take_turn "$prompt"
while IFS= read -r line; do
  line=\${line#*200~}
  take_turn "\${line%?[[]201~}"
done
`;
