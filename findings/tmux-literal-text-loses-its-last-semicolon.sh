#!/usr/bin/env bash
# send-keys -l sends its words as they are, also one that is called Enter. But a semicolon at the end of a word ends the command before -l
# is looked at, in an argv without any shell as well: "a;" arrives as "a" and ";" alone as nothing, with exit code 0, and what follows
# it is taken for the next command. The same holds for set-buffer and for the name of rename-session. A program that types a text has to
# write the last semicolon as "\;", or to hand the text to load-buffer on stdin. Seen with tmux, version 3.3a.
set -euo pipefail

folder=$(mktemp -d)
socket=$folder/socket
unset TMUX
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; rm -rf "$folder"' EXIT
tmux -V
tmux -S "$socket" -f /dev/null new-session -d -s typed cat

code=0
for word in 'a;b' 'Enter' 'c;' ';' 'd\;'; do
  tmux -S "$socket" send-keys -t typed: -l -- "[$word" || code=$?
  tmux -S "$socket" send-keys -t typed: -l -- "$word" || code=$?
done
tmux -S "$socket" send-keys -t typed: -l -- end
for _ in $(seq 50); do
  screen=$(tmux -S "$socket" capture-pane -p -t typed: | head -n 1)
  [[ $screen != *end ]] || break
  sleep 0.1
done
tmux -S "$socket" set-buffer -b set 'c;' set-buffer -b next 'of the next command' || code=$?
printf 'c;' | tmux -S "$socket" load-buffer -b loaded -
echo "screen: $screen"
set_buffer=$(tmux -S "$socket" show-buffer -b set)
loaded=$(tmux -S "$socket" show-buffer -b loaded)
next=$(tmux -S "$socket" show-buffer -b next)
echo "set-buffer 'c;' keeps \"$set_buffer\" and the words behind it make a buffer \"$next\", load-buffer keeps \"$loaded\", exit code $code"
[ "$screen" = '[a;ba;b[EnterEnter[cc[[d;d;end' ] && [ "$set_buffer" = c ] && [ "$loaded" = 'c;' ] && [ "$next$code" = 'of the next command0' ] || exit 1
echo "as described"
