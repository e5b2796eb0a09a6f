#!/usr/bin/env bash
# tmux has one command to say something from within a condition: if-shell ... 'display-message -p "shared %7"'. display-message reads its words
# as a format of time before all else, so an id of a pane in them is a conversion: glibc takes its digits for a width and pads what it does not
# know to it, so "%7" comes out with five more spaces in front. %0, %1 and %2 are no wider than they are: what is tried with the first panes of a
# server works, and fails with the fourth. "#{pane_id}" is filled in later and is safe; so are list-panes -F and if-shell -F, which know no time.
# Seen with tmux, version 3.3a, on glibc.
set -euo pipefail

folder=$(mktemp -d)
socket=$folder/socket
unset TMUX
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; rm -rf "$folder"' EXIT
tmux -V
t() { tmux -S "$socket" -f /dev/null "$@"; }
t new-session -d -s agents 'sleep 60'
for _ in 1 2 3 4 5 6 7; do t new-window -d -t =agents: 'sleep 60'; done

said=$(for id in %0 %1 %2 %3 %7; do t display-message -p "shared $id"; done)
filled=$(t display-message -p -t %7 'shared #{pane_id}')
tested=$(t if-shell -F -t %7 '#{==:#{pane_id},%7}' 'display-message -p "the same"' 'display-message -p another')
listed=$(t list-panes -a -f '#{==:#{pane_id},%7}' -F 'shared %7')
printf '%s\n' "$said" "filled in: $filled" "in a condition: $tested" "in a list: $listed"
[ "$said" = $'shared %0\nshared %1\nshared %2\nshared  %3\nshared      %7' ]
[ "$filled/$tested/$listed" = 'shared %7/the same/shared %7' ]
echo "as described"
