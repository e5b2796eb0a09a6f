#!/usr/bin/env bash
# tmux has the time of the "last activity" of a window and of a session (window_activity, session_activity). That of a window is the last
# output of its programs, so that of its session should be the last one of its windows. It is not: output does not count for it, nor does
# what send-keys types, only what a person in front of a client does. A list of agents by session_activity shows all of them as idle since
# they were made, and sorts those that work last. Seen with tmux, version 3.3a.
set -euo pipefail

folder=$(mktemp -d)
socket=$folder/socket
unset TMUX
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; rm -rf "$folder"' EXIT
tmux -V
t() { tmux -S "$socket" -f /dev/null "$@"; }
t new-session -d -s agent "while :; do date; sleep 0.2; done"
sleep 3
t send-keys -t =agent: typed Enter
sleep 1
read -r created session window < <(t display-message -p -t =agent: '#{session_created} #{session_activity} #{window_activity}')
echo "a session whose program says something all the time, after four seconds:"
echo "  window_activity   $((window - created)) s behind its start"
echo "  session_activity  $((session - created)) s behind its start"
[ $((window - created)) -ge 2 ] && [ $((session - created)) -le 1 ] || exit 1
echo "as described"
