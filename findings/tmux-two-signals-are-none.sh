#!/usr/bin/env bash
# tmux wait-for -S NAME wakes who waits for NAME, and is kept for the next one where nobody waits yet, so that a program may end before
# somebody looks. A second signal before that does not stay pending, as one might think of a semaphore or a flag: it takes the first one
# back. Two agents that say "done" on one channel, or one that says so twice, leave whoever waits then waiting for ever; three are one.
# Seen with tmux, version 3.3a.
set -euo pipefail

folder=$(mktemp -d)
socket=$folder/socket
unset TMUX
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; rm -rf "$folder"' EXIT
tmux -V
tmux -S "$socket" -f /dev/null new-session -d -s waiting cat

# waits COUNT: whether wait-for returns after so many signals that nobody waited for.
waits() {
  local number
  for number in $(seq "$1"); do tmux -S "$socket" wait-for -S "channel-$1"; done
  if timeout 3 tmux -S "$socket" wait-for "channel-$1"; then echo returns; else echo 'waits on'; fi
}
answers=
for count in 0 1 2 3; do
  answer=$(waits $count)
  echo "after $count signals wait-for $answer"
  answers="$answers$answer;"
done
[ "$answers" = 'waits on;returns;waits on;returns;' ]
echo "as described"
