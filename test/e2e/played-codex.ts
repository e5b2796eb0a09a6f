import { type Sandbox, sandbox } from "../helpers/sandbox.ts";

/**
 * Plays Codex as far as the fleet looks at it: its title and its transcript. A prompt with `fail` in it is answered with an error, any
 * other with a reply, a second after it was taken. Since the clock of a shell has whole seconds, a row is said to be of the end of its
 * second, and an error of the beginning.
 */
const program = `#!/bin/sh
for prompt; do :; done
day=\${CODEX_HOME:-$HOME/.codex}/sessions/$(date -u +%Y/%m/%d)
mkdir -p "$day"
rollout=$day/rollout-$(date -u +%Y-%m-%dT%H-%M-%S)-$$.jsonl
row() { printf '{"timestamp":"%s","type":"%s","payload":%s}\\n' "$(date -u +%Y-%m-%dT%H:%M:%S).\${3-999}Z" "$1" "$2" >>"$rollout"; }
title() { printf '\\033]2;%s\\007' "$1"; }
take_turn() {
  row response_item '{"role":"user","content":[{"text":"'"$1"'"}]}'
  row event_msg '{"type":"item_completed","item":{"type":"UserMessage","content":[{"text":"'"$1"'"}]}}'
  sleep 1
  row event_msg '{"type":"task_started"}'
  error='"error":{"message":"You have hit your usage limit.","codex_error_info":"usage_limit_exceeded"}'
  case $1 in
    *fail*) row event_msg '{"type":"task_complete","last_agent_message":null,'"$error"'}' 000 ;;
    *)
      row event_msg '{"type":"item_completed","item":{"type":"AgentMessage","content":[{"text":"Done."}]}}'
      row event_msg '{"type":"task_complete","last_agent_message":"Done."}'
      ;;
  esac
}
row session_meta '{"id":"thread","cwd":"'"$PWD"'"}'
printf '\\033[?1049h'
title ready
take_turn "$prompt"
while IFS= read -r line; do
  line=\${line#*200~}
  take_turn "\${line%?[[]201~}"
done
`;

/** A user whose agent is a Codex that is played by a script. */
export async function playedCodex(): Promise<Sandbox> {
  const box = await sandbox();
  box.executable("codex", program);
  box.env.AI_FLEET_DEFAULT_AGENT = "codex";
  return box;
}
