#!/bin/bash
# tmux, version 3.3a. A server without any session (exit-empty off, or started with -D) answers `list-sessions` with nothing and exit code 0, but
# `list-panes -a` with exit code 1 and "no current target": "all panes" has to be asked for with a session in mind. A program that lists
# panes must take that answer for "none", or it fails for every user who keeps an empty server.
set -eu
folder=$(mktemp -d)
socket=$folder/socket
trap 'tmux -S "$socket" kill-server 2>/dev/null || true; rm -rf "$folder"' EXIT

tmux -V
tmux -S "$socket" -f /dev/null new-session -d -s first cat
tmux -S "$socket" set-option -g exit-empty off
tmux -S "$socket" kill-session -t first

code=0; sessions=$(tmux -S "$socket" list-sessions 2>&1) || code=$?
echo "list-sessions: exit $code, \"$sessions\""
code_of_panes=0; panes=$(tmux -S "$socket" list-panes -a 2>&1) || code_of_panes=$?
echo "list-panes -a: exit $code_of_panes, \"$panes\""

[ "$code" = 0 ] && [ -z "$sessions" ] && [ "$code_of_panes" = 1 ] && [ "$panes" = "no current target" ] || { echo "this has changed"; exit 1; }
