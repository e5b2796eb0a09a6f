#!/usr/bin/env bash
# respawn-pane starts a program again in the pane of one that has ended, and the scrollback is still there. What is not is the screen of
# the first one: it is cleared without going into the history. So capture-pane -S - shows all that the first program said but its last
# screen, which is where it said why it ended, and goes on with the second one as if nothing were missing. Whoever restarts an agent has
# to capture the pane before. Seen with tmux, version 3.3a.
set -euo pipefail

folder=$(mktemp -d)
socket=$folder/socket
unset TMUX
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; rm -rf "$folder"' EXIT
tmux -V
tmux -S "$socket" -f /dev/null new-session -d -s other cat
tmux -S "$socket" set-option -g remain-on-exit on
tmux -S "$socket" new-session -d -s agent -x 80 -y 10 'seq 30; echo out of memory'

# shown TEXT: all that the pane shows and has in its history, once TEXT is there.
shown() {
  local all
  for _ in $(seq 100); do
    all=$(tmux -S "$socket" capture-pane -p -t agent: -S - | grep -v -e '^$' -e '^Pane is dead' || :)
    [[ $all != *"$1"* ]] || break
    sleep 0.1
  done
  paste -sd, <<<"$all"
}
until [ "$(tmux -S "$socket" list-panes -t agent: -F '#{pane_dead}')" = 1 ]; do sleep 0.1; done
before=$(shown 'out of memory')
tmux -S "$socket" respawn-pane -t agent: 'echo second run; exec cat'
after=$(shown 'second run')
echo "before: $before"
echo "after:  $after"
[[ $before == 1,2,3,*,29,30,out\ of\ memory ]]
[[ $after == 1,2,3,*,second\ run && $after != *,30,* && $after != *'out of memory'* ]]
echo "as described"
