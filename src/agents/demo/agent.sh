#!/bin/sh
# The demo agent: demo STATUS-FILE [PROMPT]
#
# It does what an agent does, without a model: takes prompts, says what it is doing, commits, and waits for more.
#   work N          is busy for N seconds
#   ask QUESTION?   asks, and waits for an answer
#   fail [N]        ends with exit code N
#   anything else   is noted in demo-notes.md and committed
# Every prompt is kept, byte for byte and ended by a NUL, in `received` beside the status file.

status_file=$1
shift
received=${status_file%/*}/received
notifier=${status_file%/*}/notify
reply_file=${status_file%/*}/reply
newline='
'
escape=$(printf '\033')

# publish WORD [REASON]: what the agent is doing, for whoever asks.
publish() {
  printf '%s\n%s' "$1" "$2" >"$status_file.new" && mv -f "$status_file.new" "$status_file"
  [ ! -x "$notifier" ] || "$notifier" "$1"
}

# reply TEXT: what the agent says, also kept for whoever waits for it.
reply() {
  printf '%s\n' "$1"
  printf '%s\n' "$1" >"$reply_file.new" && mv -f "$reply_file.new" "$reply_file"
}

# read_message: the next prompt, in $message. Between paste marks a line end is text; outside of them it submits.
read_message() {
  message=
  pasting=
  while IFS= read -r line; do
    while :; do
      case $line in
        *"$escape[200~"*) message=$message${line%%"$escape[200~"*} line=${line#*"$escape[200~"} pasting=yes ;;
        *"$escape[201~"*) message=$message${line%%"$escape[201~"*} line=${line#*"$escape[201~"} pasting= ;;
        *) break ;;
      esac
    done
    message=$message$line
    [ -n "$pasting" ] || return 0
    message=$message$newline
  done
  return 1
}

# work SECONDS: Ctrl-C ends the turn, not the agent.
work() {
  sleep "$1" &
  worker=$!
  trap 'kill "$worker" 2>/dev/null; interrupted=yes' INT
  interrupted=
  wait "$worker"
  trap - INT
  if [ -n "$interrupted" ]; then reply 'Interrupted.'; else reply "I worked for $1 s."; fi
}

ask() {
  publish waiting "$1"
  printf '? %s\n' "$1"
  read_message || exit 0
  publish working
  reply "You answered: $message"
}

commit() {
  first_line=${1%%"$newline"*}
  printf -- '- %s\n' "$first_line" >>demo-notes.md
  if git add -- demo-notes.md &&
    git -c user.name='demo agent' -c user.email=demo@localhost -c commit.gpgSign=false \
      commit --quiet --no-verify --message="demo: $first_line" -- demo-notes.md; then
    reply "I noted that in demo-notes.md and committed it as $(git rev-parse --short HEAD)."
  else
    reply 'I could not commit that.'
  fi
}

is_number() {
  case $1 in '' | *[!0-9]*) return 1 ;; esac
}

take_turn() {
  printf '%s\000' "$1" >>"$received"
  publish working
  printf '> %s\n' "$1"
  argument=${1#* }
  case $1 in
    'fail') exit 1 ;;
    'fail '*) is_number "$argument" && exit "$argument" ;;
  esac
  case $1 in
    'work '*) if is_number "$argument"; then work "$argument"; else commit "$1"; fi ;;
    'ask '*'?') ask "$argument" ;;
    *) commit "$1" ;;
  esac
}

# Without line editing a line may be longer than 4095 bytes, the limit of a terminal's line buffer.
stty -icanon -echoctl min 1 time 0
printf '\033[?2004h\033]2;demo\007'
echo 'demo agent: give me a task, or "work 10", "ask ready?", "fail 3"'
if [ $# -gt 0 ]; then take_turn "$1"; fi
publish idle
while read_message; do
  [ -n "$message" ] || continue
  take_turn "$message"
  publish idle
done
