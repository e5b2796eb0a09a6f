#!/usr/bin/env bash
# tmux keeps its sockets in $TMUX_TMPDIR. When that directory is missing (a cleaner of temporary files, a test that ended, a mount that
# is not there) tmux does not say so: it goes to /tmp, which is another server. A client that meant its own server finds sessions of
# somebody else, new-session starts there, and kill-server would end them. The name that -S takes is one place or an error.
# Seen with tmux, version 3.3a.
set -euo pipefail

folder=$(mktemp -d)
name=finding-$$
common=/tmp/tmux-$(id -u)
unset TMUX
trap 'TMUX_TMPDIR=/tmp tmux -L "$name" kill-server 2>/dev/null || :; rm -f "$common/$name"; rm -rf "$folder"' EXIT
tmux -V
TMUX_TMPDIR=/tmp tmux -L "$name" -f /dev/null new-session -d -s of-somebody-else 'sleep 600'

sessions() { tmux "$@" list-sessions -F '#{session_name}' 2>&1 || :; }
export TMUX_TMPDIR=$folder/own
mkdir "$TMUX_TMPDIR"
there=$(sessions -L "$name")
rmdir "$TMUX_TMPDIR"/* "$TMUX_TMPDIR"
gone=$(sessions -L "$name")
named=$(sessions -S "$TMUX_TMPDIR/tmux-$(id -u)/$name")
echo "with the directory:         $there"
echo "without it:                 $gone"
echo "without it, place named -S: $named"
[[ $there == *"No such file"* && $gone == of-somebody-else && $named == *"No such file"* ]]
echo "as described"
