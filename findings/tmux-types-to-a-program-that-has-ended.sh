#!/usr/bin/env bash
# With remain-on-exit the pane of a program that has ended stays, so that its last words can be read. send-keys to such a pane succeeds, with
# exit code 0 and without a word, and what was typed is nowhere: respawn-pane does not hand it to the next program. has-session says that
# all is well, too. "The pane is there" and "tmux took it" do not mean that anybody reads; #{pane_dead} does. Only a pane that is not there is
# an error. Seen with tmux, version 3.3a.
set -euo pipefail

folder=$(mktemp -d)
socket=$folder/socket
unset TMUX
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; rm -rf "$folder"' EXIT
tmux -V
t() { tmux -S "$socket" -f /dev/null "$@"; }
reader="while IFS= read -r line; do echo \"\$line\" >>'$folder/read'; [ \"\$line\" != over ] || exit 3; done"
t new-session -d -s agent "$reader"
t set-option -g remain-on-exit on

# until_dead VALUE: waits until the pane says so.
until_dead() {
  for _ in $(seq 100); do
    [ "$(t display-message -p -t =agent: '#{pane_dead}')" != "$1" ] || return 0
    sleep 0.1
  done
}
# code WORDS...: how tmux ends, and what it says.
code() {
  local code=0 said
  said=$(t "$@" 2>&1) || code=$?
  echo "code $code${said:+, $said}"
}
t send-keys -t =agent: over Enter
until_dead 1
typed=$(code send-keys -t =agent: typed Enter)
has=$(code has-session -t =agent)
absent=$(code send-keys -t %99 typed)
t respawn-pane -t =agent: "$reader"
t send-keys -t =agent: "said to the next" Enter
for _ in $(seq 100); do
  ! grep -q next "$folder/read" || break
  sleep 0.1
done
echo "send-keys to a program that has ended:  $typed"
echo "has-session:                            $has"
echo "send-keys to a pane that is not there:  $absent"
echo "all that both programs have read:       $(tr '\n' ';' <"$folder/read")"
[ "$typed/$has/$absent" = "code 0/code 0/code 1, can't find pane: %99" ]
[ "$(tr '\n' ';' <"$folder/read")" = 'over;said to the next;' ]
echo "as described"
