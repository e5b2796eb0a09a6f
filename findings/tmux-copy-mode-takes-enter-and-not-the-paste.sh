#!/usr/bin/env bash
# A prompt is given to a program in a pane by paste-buffer, and Enter by send-keys. While somebody scrolls in that pane (copy mode, which
# a turn of the mouse wheel begins) the two part: the paste goes on to the program, the key goes to the mode, and so does what send-keys -l
# types. The prompt stands unsent in the input box of the agent, where the next one is joined to it; all of it with exit code 0. A hook whose
# run-shell prints a line does the same without a person, since the line is shown in such a mode, over the current pane. The value of
# pane_in_mode tells it, and send-keys -X cancel leaves it. Seen with tmux, version 3.3a.
set -euo pipefail

folder=$(mktemp -d)
socket=$folder/socket
unset TMUX
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; rm -rf "$folder"' EXIT
tmux -V
t() { tmux -S "$socket" -f /dev/null "$@"; }
t new-session -d -s agent "while IFS= read -r line; do echo \"\$line\" >>'$folder/read'; done"

# prompt TEXT: gives it to the program, then TEXT once more by its keys alone.
prompt() {
  t set-buffer "$1"
  t paste-buffer -t =agent:
  t send-keys -t =agent: Enter
  t send-keys -l -t =agent: "$1 as keys"
  t send-keys -t =agent: Enter
}
# come COUNT: waits until the program has read so many lines.
come() {
  for _ in $(seq 100); do
    [ "$(wc -l 2>/dev/null <"$folder/read")" != "$1" ] || return 0
    sleep 0.1
  done
}
touch "$folder/read"
prompt first
come 2
t copy-mode -t =agent:
prompt second
scrolled=$(t display-message -p -t =agent: '#{pane_in_mode}')
t send-keys -X -t =agent: cancel
prompt third
come 4
t set-hook -t agent window-renamed 'run-shell "echo done"'
t rename-window -t =agent: renamed
for _ in $(seq 50); do
  hooked=$(t display-message -p -t =agent: '#{pane_in_mode}')
  [ "$hooked" = 0 ] || break
  sleep 0.1
done
echo "the program has read:"
sed 's/^/  /' "$folder/read"
echo "pane_in_mode while somebody scrolls: $scrolled, behind a hook that prints: $hooked"
[ "$(cat "$folder/read")/$scrolled/$hooked" = 'first
first as keys
secondthird
third as keys/1/1' ]
echo "as described"
