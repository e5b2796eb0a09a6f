#!/usr/bin/env bash
# Lists of tmux are read with a tab between their fields: list-panes -F "#{pane_id}<tab>#{pane_pid}". A client whose locale is not one of
# UTF-8 (a job of cron, a unit of systemd, ssh that hands on no locale, env -i) prints each tab as "_", and a newline as well, with exit
# code 0, though both are plain ASCII: the row is one word. display-message -p and the rows of control mode do the same, show-buffer does
# not; -T UTF-8 does not help, -u does. Seen with tmux, version 3.3a.
set -euo pipefail

folder=$(mktemp -d)
socket=$folder/socket
unset TMUX LC_CTYPE
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; rm -rf "$folder"' EXIT
tmux -V
LC_ALL=C.UTF-8 tmux -S "$socket" -f /dev/null new-session -d -s agent cat
tmux -S "$socket" set-buffer $'agent\tcat'

row=$'#{session_name}\t#{pane_current_command}'
# seen WORDS...: what tmux prints, a tab as <tab>.
seen() { tmux "$@" -S "$socket" list-panes -a -F "$row" | sed 's/\t/<tab>/g'; }
until [ "$(LC_ALL=C.UTF-8 seen)" = 'agent<tab>cat' ]; do sleep 0.1; done
export LC_ALL=C
plain=$(seen)
message=$(tmux -S "$socket" display-message -p -t agent: "$row" | sed 's/\t/<tab>/g')
terminal=$(seen -T UTF-8)
utf8=$(seen -u)
buffer=$(tmux -S "$socket" show-buffer | sed 's/\t/<tab>/g')
control=$(printf "list-panes -a -F '%s'\n" "$row" | tmux -S "$socket" -C attach-session | sed 's/\t/<tab>/g' | grep '^agent')
echo "in a locale of UTF-8:        agent<tab>cat"
echo "in the locale C:             $plain, display-message $message, with -T UTF-8 $terminal, with -u $utf8"
echo "and control mode, show-buffer: $control, $buffer"
[ "$plain $message $terminal $control" = 'agent_cat agent_cat agent_cat agent_cat' ] || exit 1
[ "$utf8 $buffer" = 'agent<tab>cat agent<tab>cat' ] || exit 1
echo "as described"
