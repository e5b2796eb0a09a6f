#!/usr/bin/env bash
# The directory that -c of new-session and new-window takes is a format, not a path: a directory that is called C#Server is looked for as
# "C", the name of the session and "erver", since #S is short for #{session_name}. What is not found is no error: the program runs where
# the client was called, with exit code 0. #{session_path} and #{pane_start_path} do not even agree on what it was. Each "#" has to be
# written as "##". A window that is called so (-n) has the same fate. Seen with tmux, version 3.3a.
set -euo pipefail

folder=$(mktemp -d)
socket=$folder/socket
unset TMUX
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; rm -rf "$folder"' EXIT
tmux -V
mkdir "$folder/C#Server" "$folder/C#7"
cd "$folder"
tmux -S "$socket" -f /dev/null new-session -d -s other cat

# start DIRECTORY: where a program of a session "agent" runs that is to run there, and what tmux says of it.
start() {
  rm -f "$folder/said"
  tmux -S "$socket" new-session -d -s agent -n 'C#Server' -c "$1" "pwd -P >'$folder/said'; exec cat"
  until [ -s "$folder/said" ]; do sleep 0.1; done
  window=$(tmux -S "$socket" list-panes -t agent: -F '#{window_name}')
  told=$(tmux -S "$socket" list-panes -t agent: -F '#{session_path} and #{pane_start_path}' | sed "s|$folder|DIR|g")
  tmux -S "$socket" kill-session -t agent
  sed "s|$folder|DIR|" "$folder/said"
}
start "$folder/C#7" >"$folder/number"
start "$folder/C#Server" >"$folder/letter"
letter_told=$told
start "$folder/C##Server" >"$folder/twice"
number=$(cat "$folder/number") letter=$(cat "$folder/letter") twice=$(cat "$folder/twice")
echo "for DIR/C#7 it runs in:       $number"
echo "for DIR/C#Server it runs in:  $letter, which tmux calls $letter_told"
echo "for DIR/C##Server it runs in: $twice"
echo "a window named C#Server is called: $window"
[ "$number" = DIR/C#7 ] && [ "$letter" = DIR ] && [ "$twice" = DIR/C#Server ] || exit 1
[ "$letter_told" = 'DIR/Cerver and DIR/Cothererver' ] && [ "$window" = Cagenterver ] || exit 1
echo "as described"
