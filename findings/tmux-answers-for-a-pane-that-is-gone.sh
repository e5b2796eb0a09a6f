#!/usr/bin/env bash
# Nearly every command of tmux fails when its target is not there: "can't find pane", code 1. display-message -p -t PANE, with which a
# program asks for one value of one pane, does not: it prints the format with all values empty and ends with code 0, and so a pane that is
# gone is not dead (#{pane_dead} is empty), not in a mode, and has no process. if-shell -F -t PANE takes such values as well and runs the
# branch of "false". Only #{pane_id} in the answer, or list-panes -t, tells that there was a pane. Seen with tmux, version 3.3a.
set -euo pipefail

folder=$(mktemp -d)
socket=$folder/socket
unset TMUX
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; rm -rf "$folder"' EXIT
tmux -V
t() { tmux -S "$socket" -f /dev/null "$@"; }
t new-session -d -s other 'sleep 60'
gone=$(t new-session -d -P -F '#{pane_id}' -s agent 'sleep 60')
t kill-session -t =agent

# answer WORD...: code and output of a command of tmux.
answer() {
  local code=0 said
  said=$(t "$@" 2>&1) || code=$?
  echo "$code $said"
}
asked=$(answer display-message -p -t "$gone" 'id [#{pane_id}] dead [#{pane_dead}] process [#{pane_pid}]')
named=$(answer display-message -p -t =agent: 'id [#{pane_id}] dead [#{pane_dead}] process [#{pane_pid}]')
tested=$(answer if-shell -F -t "$gone" '#{pane_dead}' 'display-message -p ended' 'display-message -p "still at work"')
listed=$(answer list-panes -t "$gone")
typed=$(answer send-keys -t "$gone" x)
echo "display-message: $asked; by name: $named"
echo "if-shell: $tested"
echo "list-panes: $listed; send-keys: $typed"
[ "$asked/$named" = '0 id [] dead [] process []/0 id [] dead [] process []' ]
[ "$tested" = '0 still at work' ]
[ "$listed/$typed" = "1 can't find pane: $gone/1 can't find pane: $gone" ]
echo "as described"
