# Prints what is typed on the terminal until it is told to end by a line on its standard input. When that closes without a word, who
# wanted to know was killed, and left the terminal as it needed it: $1 is written to it, and its modes are put right.
trap '' INT QUIT HUP
# Without a terminal of its own session there is nothing to read, and this ends here.
exec 3<>/dev/tty || exit 1
cat <&3 &
reader=$!
if IFS= read -r word; then
  kill -KILL "$reader"
  wait "$reader"
  exit 0
fi 2>/dev/null
kill -KILL "$reader"
printf '%s' "$1" >&3
stty icanon echo echoe echok isig iexten icrnl ixon brkint opost onlcr <&3 2>/dev/null
