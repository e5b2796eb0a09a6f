#!/usr/bin/env bash
# synchronize-panes hands what a person types to all panes of a window. It holds for programs as well: send-keys -t PANE, whose target is
# one pane, goes to each pane of the window then, also with -l; paste-buffer -t PANE goes to that pane alone. A prompt that is given to one
# agent by paste-buffer and Enter by send-keys arrives in one pane, and Enter is pressed in all of them: in another agent that accepts
# the question it has on its screen. Nothing in the answer of send-keys tells it; #{pane_synchronized} does. Seen with tmux, version 3.3a.
set -euo pipefail

folder=$(mktemp -d)
socket=$folder/socket
unset TMUX
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; rm -rf "$folder"' EXIT
tmux -V
t() { tmux -S "$socket" -f /dev/null "$@"; }
# program NAME: writes down each line that it is given, in the file NAME.
program() { echo "while IFS= read -r line; do echo \"[\$line]\" >>'$folder/$1'; done"; }
touch "$folder/one" "$folder/two"
one=$(t new-session -d -P -F '#{pane_id}' -s agents "$(program one)")
two=$(t split-window -d -P -F '#{pane_id}' -t =agents: "$(program two)")
t set-option -w -t =agents: synchronize-panes on

t set-buffer pasted
t paste-buffer -t "$one"
t send-keys -t "$one" Enter
t send-keys -l -t "$one" typed
t send-keys -t "$one" Enter
for _ in $(seq 100); do
  [ "$(cat "$folder/one" "$folder/two" | wc -l)" != 4 ] || break
  sleep 0.1
done
read_one=$(xargs <"$folder/one")
read_two=$(xargs <"$folder/two")
echo "the pane that was named has read: $read_one"
echo "the pane beside it has read:      $read_two"
flag=$(t display-message -p -t "$two" '#{pane_synchronized}')
[ "$read_one/$read_two/$flag" = '[pasted] [typed]/[] [typed]/1' ]
echo "as described"
