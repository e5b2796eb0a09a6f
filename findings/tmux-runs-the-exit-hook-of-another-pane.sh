#!/usr/bin/env bash
# set-hook -p -t PANE pane-exited is taken and shown by show-hooks, and never runs when that pane exits: it is gone by then, and tmux takes
# the hooks of the pane that is the current one at that moment. So the hook of an agent runs when any other one ends while its own window is
# the current one; hook_pane alone tells whose end it is. The same holds for -w. Only a hook for all (-g) can be relied on.
# Seen with tmux, version 3.3a.
set -euo pipefail

folder=$(mktemp -d)
socket=$folder/socket
unset TMUX
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; rm -rf "$folder"' EXIT
tmux -V

tmux -S "$socket" -f /dev/null new-session -d -s agents -n first cat
# ended SCOPE: which hook runs when the program of "second" ends, while "first" is the current window.
ended() {
  local second name shown
  second=$(tmux -S "$socket" new-window -d -P -F '#{pane_id}' -t agents: -n second "until [ -e '$folder/end' ]; do sleep 0.1; done")
  for name in first second; do
    tmux -S "$socket" set-hook "$1" -t "agents:$name" pane-exited "run-shell 'echo hook of $name, hook_pane #{hook_pane} >>$folder/ran'"
  done
  shown=$(tmux -S "$socket" show-hooks "$1" -t agents:second pane-exited | grep -c 'hook of second')
  touch "$folder/end"
  for _ in $(seq 100); do [ ! -s "$folder/ran" ] || break; sleep 0.1; done
  sed "s/$second/second/" "$folder/ran"
  tmux -S "$socket" set-hook -u "$1" -t agents:first pane-exited
  rm "$folder/ran" "$folder/end"
  [ "$shown" = 1 ]
}
pane=$(ended -p)
window=$(ended -w)
echo "second ends, pane-exited set with -p: $pane"
echo "set with -w:                          $window"
[ "$pane/$window" = 'hook of first, hook_pane second/hook of first, hook_pane second' ]
echo "as described"
