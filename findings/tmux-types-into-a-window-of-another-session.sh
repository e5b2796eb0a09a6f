#!/usr/bin/env bash
# send-keys -t NAME and paste-buffer -t NAME take a pane, so NAME is looked for as a session first, and then as a window. When the session
# NAME has ended, the text is typed into a window of that name, or one whose name begins so, in whatever session is the current one, with
# exit code 0; has-session and kill-session with the same word say that there is none. "=NAME", which is exact for sessions, is no answer:
# it is never found where a pane is asked for, not even while the session runs. "=NAME:" is both. Seen with tmux, version 3.3a.
set -euo pipefail

folder=$(mktemp -d)
socket=$folder/socket
unset TMUX
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; rm -rf "$folder"' EXIT
tmux -V
tmux -S "$socket" -f /dev/null new-session -d -s somebody -n build-logs cat
tmux -S "$socket" new-session -d -s build cat

# code WORDS...: the exit code of tmux.
code() { local code=0; tmux -S "$socket" "$@" 2>/dev/null || code=$?; echo "$code"; }
exact=$(code send-keys -t =build -l exact)
with_colon=$(code send-keys -t =build: -l exact)
tmux -S "$socket" kill-session -t =build
has=$(code has-session -t build)
typed=$(code send-keys -t build -l 'rm a-file')
typed_exact=$(code send-keys -t =build: -l exact)
for _ in $(seq 50); do
  seen=$(tmux -S "$socket" capture-pane -p -t somebody:build-logs | head -n 1)
  [ -z "$seen" ] || break
  sleep 0.1
done
echo "while the session build runs: send-keys -t =build exits with $exact, -t =build: with $with_colon"
echo "after its end: has-session -t build exits with $has, send-keys -t build with $typed, -t =build: with $typed_exact"
echo "typed into the window of somebody else: \"$seen\""
[ "$exact $with_colon $has $typed $typed_exact $seen" = "1 0 1 0 1 rm a-file" ]
echo "as described"
