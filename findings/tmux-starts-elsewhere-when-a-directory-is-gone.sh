#!/usr/bin/env bash
# new-session, new-window and split-window take a directory that does not exist (-c, a worktree that was removed) without a word: the
# program runs where the tmux client was called, or at home, while #{session_path} and #{pane_start_path} name the missing directory.
# #{pane_current_path} of a pane whose directory was removed ends in " (deleted)", as Linux says it, so that a window opened beside it
# with -c '#{pane_current_path}' is such a case. Seen with tmux, version 3.3a.
set -euo pipefail

folder=$(mktemp -d)
socket=$folder/socket
unset TMUX
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; rm -rf "$folder"' EXIT
tmux -V
mkdir "$folder/main" "$folder/worktree"
cd "$folder/main"
tmux -S "$socket" -f /dev/null new-session -d -s agent -c "$folder/worktree" 'sleep 600'
until [ "$(tmux -S "$socket" list-panes -t agent -F '#{pane_current_path}')" = "$folder/worktree" ]; do sleep 0.1; done
rmdir "$folder/worktree"

where() { until [ -s "$folder/$1" ]; do sleep 0.1; done; sed "s|$folder|FOLDER|" "$folder/$1"; }
shown() { tmux -S "$socket" list-panes -t "$1" -F "$2" | head -n 1 | sed "s|$folder|FOLDER|"; }
tmux -S "$socket" new-session -d -s next -c "$folder/worktree" "pwd -P >'$folder/session'; sleep 600"
tmux -S "$socket" split-window -d -t agent -c '#{pane_current_path}' "pwd -P >'$folder/beside'; sleep 600"
session=$(where session)
beside=$(where beside)
current=$(shown agent '#{pane_current_path}')
told=$(shown next '#{session_path}')
echo "the pane is in:              $current"
echo "a new session runs in:       $session"
echo "and says that it runs in:    $told"
echo "a pane beside it runs in:    $beside"
[ "$current" = "FOLDER/worktree (deleted)" ] && [ "$session" = FOLDER/main ] && [ "$told" = FOLDER/worktree ] && [ "$beside" = FOLDER/main ] || exit 1
echo "as described"
