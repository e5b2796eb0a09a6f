#!/bin/sh
# Runs in the pane of one agent: prepares the worktree, starts the agent, and stays as its parent, a megabyte of shell, to write
# down how it ended. Beside it lie `environment` (the caller's exports) and `plan` (what is particular to this agent).
#
# Its own names have a prefix: assigning to a variable that the caller exports would change what the agent gets.
# `command -p` finds the system's tools whatever the caller's PATH holds.

# A pane has the environment of the tmux server, which may be days old: keep what tmux says of the terminal and start over.
# On Linux `fleet` names the number of prctl(2) on this machine. With it perl, whose start costs little more than that of `env`, makes this
# process the one that orphans are given to (PR_SET_CHILD_SUBREAPER, 36), which stays so over an exec: what leaves the agent, its session
# and its environment remains a descendant of the launcher while that lives, and the shell collects it when it waits for the agent.
if [ "$1" != clean ]; then
  ai_fleet_prctl=$1
  set --
  for name in TERM COLORTERM TERM_PROGRAM TERM_PROGRAM_VERSION TMUX TMUX_PANE; do
    eval "value=\${$name-}"
    [ -z "$value" ] || set -- "$@" "$name=$value"
  done
  if [ -n "$ai_fleet_prctl" ] && [ -x /usr/bin/perl ]; then
    unset PERL5OPT PERL5LIB PERLLIB PERL5DB PERLIO PERL_UNICODE
    PERL_BADLANG=0 exec /usr/bin/perl -e '
      my ($prctl, $launcher) = splice @ARGV, 0, 2;
      %ENV = map { split /=/, $_, 2 } @ARGV;
      # A perl of 32 bits has other numbers.
      syscall $prctl + 0, 36, 1, 0, 0, 0 if length pack("p", "") == 8;
      exec "/bin/sh", $launcher, "clean";
    ' "$ai_fleet_prctl" "$0" "$@"
  fi
  exec /usr/bin/env -i "$@" /bin/sh "$0" clean
fi

ai_fleet_directory=${0%/*}
if [ ! -f "$ai_fleet_directory/environment" ]; then
  echo 'This agent has been started before. To bring it back, run fleet resume.'
  exit 1
fi
. "$ai_fleet_directory/environment"
command -p rm -f -- "$ai_fleet_directory/environment"
. "$ai_fleet_directory/plan"

# Signals that end programs reach the agent, which shares this terminal. The launcher catches and forgets them: handlers, unlike
# ignored signals, are not inherited. Not so when the terminal goes: only when its first process ends are the others told.
trap : INT QUIT TERM

# ai_fleet_note FILE TEXT: readers take a line without its end for one that is still being written.
ai_fleet_note() {
  printf '%s\n' "$2" >"$ai_fleet_directory/$1"
}

# ai_fleet_start PROGRAM [ARGUMENT...]: the process that writes its id becomes the agent.
ai_fleet_start() {
  /bin/sh -c 'printf "%s\n" "$$" >"$0"; exec "$@"' "$ai_fleet_directory/pid" "$@"
}

cd -- "$ai_fleet_worktree" || exit 1

[ -z "$ai_fleet_has_setup" ] || ai_fleet_prepare

# Whoever makes this directory decides: the launcher that the agent starts, or `fleet` that it does not.
command -p mkdir -- "$ai_fleet_directory/claim" 2>/dev/null || exit 1

# `$(...)` drops the line ends at the end of its text; with a letter behind them they stay.
ai_fleet_message=
if [ -n "$ai_fleet_message_file" ]; then
  ai_fleet_message=$(command -p cat -- "$ai_fleet_message_file" && printf x)
  ai_fleet_message=${ai_fleet_message%x}
fi

ai_fleet_agent
ai_fleet_code=$?
ai_fleet_note exit "$ai_fleet_code"
if [ -x "$ai_fleet_directory/notify" ] && [ ! -e "$ai_fleet_directory/ended-by-us" ]; then
  "$ai_fleet_directory/notify" exited
fi
exit "$ai_fleet_code"
