#!/usr/bin/env bash
# new-window -e NAME=VALUE, split-window -e and new-session -e give a program variables of its own. respawn-pane without words starts "the
# command used when the pane was created" again, in its directory, but without these variables when they were given to a window or a pane;
# those of new-session are kept, as they are the session's. A supervisor that restarts an agent this way starts it without the settings or
# the account it ran with, and remain-on-exit shows nothing of it. Seen with tmux, version 3.3a.
set -euo pipefail

folder=$(mktemp -d)
socket=$folder/socket
unset TMUX
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; rm -rf "$folder"' EXIT
tmux -V
mkdir "$folder/own"
say() { echo "echo \"\${ACCOUNT-none} in \${PWD##*/}\" >>'$folder/$1'; exec sleep 600"; }
tmux -S "$socket" -f /dev/null new-session -d -s first -c "$folder/own" -e ACCOUNT=work "$(say session)"
tmux -S "$socket" new-session -d -s second cat
tmux -S "$socket" new-window -d -t second: -n window -c "$folder/own" -e ACCOUNT=work "$(say window)"
tmux -S "$socket" split-window -d -t second:0 -c "$folder/own" -e ACCOUNT=work "$(say pane)"

# said FILE COUNT: what the program said once it has been started COUNT times.
said() { for _ in $(seq 100); do [ "$(cat "$folder/$1" 2>/dev/null | wc -l)" -lt "$2" ] || break; sleep 0.1; done; paste -sd, "$folder/$1"; }
restarted() { said "$1" 1 >/dev/null; tmux -S "$socket" respawn-pane -k -t "$2"; said "$1" 2; }
session=$(restarted session first:)
window=$(restarted window second:window)
pane=$(restarted pane second:0.1)
echo "started, then respawned, with -e of new-session:  $session"
echo "with -e of new-window:   $window"
echo "with -e of split-window: $pane"
[ "$session" = "work in own,work in own" ] && [ "$window" = "work in own,none in own" ] && [ "$pane" = "$window" ] || exit 1
echo "as described"
