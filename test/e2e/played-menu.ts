import { type Sandbox, sandbox } from "../helpers/sandbox.ts";

/**
 * Plays a Codex that asks with a menu of twelve: a digit takes its choice at once, the arrows move the mark, Enter takes the one that is
 * marked. It says what was taken and is idle. Once it takes a while to draw the menu anew.
 */
const program = `#!/bin/sh
stty -icanon -echo min 1 time 0
key() { dd bs=1 count=1 2>/dev/null | od -An -tx1 | tr -d ' '; }
printf '\\033]2;[ ! ] Action Required\\007'
marked=1
taken=
while [ -z "$taken" ]; do
  printf '\\033[H\\033[J  Which port should it use?\\n\\n'
  [ "$marked" -ne 3 ] || sleep 0.3
  for number in 1 2 3 4 5 6 7 8 9 10 11 12; do
    mark=' '
    [ "$number" -ne "$marked" ] || mark='›'
    printf '%s %2d. port 80%02d\\n' "$mark" "$number" "$number"
  done
  pressed=$(key)
  case $pressed in
    1b) [ "$(key)" ] && case $(key) in 41) marked=$((marked - 1)) ;; 42) marked=$((marked + 1)) ;; esac ;;
    0a) taken=$marked ;;
    3[1-9]) taken=\${pressed#3} ;;
  esac
done
printf '\\033[H\\033[Jtook %s\\n' "$taken"
printf '\\033]2;ready\\007'
cat >/dev/null
`;

/** A user whose agent is a Codex that asks with more choices than there are digits, played by a script. */
export async function playedMenu(): Promise<Sandbox> {
  const box = await sandbox();
  box.executable("codex", program);
  box.env.AI_FLEET_DEFAULT_AGENT = "codex";
  return box;
}
