#!/usr/bin/env bash
# monitor-silence SECONDS and the hook alert-silence look made for a supervisor that wants to know when an agent has come to rest. The hook
# runs at the first silence of a window. It does not run at the second one, whatever was said in between and however long, for as long as
# no client looks at the window: the flag that is set for a person's status line is not taken back by output. The hook alert-bell runs each
# time. So agents in detached sessions have to be told apart by something else, or to ring. Seen with tmux, version 3.3a.
set -euo pipefail

folder=$(mktemp -d)
socket=$folder/socket
unset TMUX
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; rm -rf "$folder"' EXIT
tmux -V
t() { tmux -S "$socket" -f /dev/null "$@"; }
t new-session -d -s agent "while IFS= read -r line; do printf 'heard %s\\a\\n' \"\$line\"; done"
t set-option -g silence-action any \; set-option -g bell-action any \; set-window-option -t =agent: monitor-silence 1
t set-hook -g alert-silence "run-shell 'echo silence >>$folder/silence'"
t set-hook -g alert-bell "run-shell 'echo bell >>$folder/bell'"
touch "$folder/silence" "$folder/bell"

for turn in 1 2 3; do
  t send-keys -t =agent: "turn $turn" Enter
  for _ in $(seq 100); do
    [ "$(wc -l <"$folder/bell")" -lt "$turn" ] || break
    sleep 0.1
  done
  for _ in $(seq 100); do
    [ ! -s "$folder/silence" ] || break
    sleep 0.1
  done
  sleep 3
done
silences=$(wc -l <"$folder/silence")
bells=$(wc -l <"$folder/bell")
flag=$(t display-message -p -t =agent: '#{window_silence_flag}')
echo "three turns, each with three seconds of silence behind it"
echo "alert-bell has run $bells times, alert-silence $silences; window_silence_flag is $flag"
[ "$bells/$silences/$flag" = 3/1/1 ]
echo "as described"
