# The setup of one worktree: read by the launcher of an agent that has setup commands.

# What a log may grow to before its beginning is dropped, and how much of it is kept then; in bytes.
ai_fleet_log_limit=10000000
ai_fleet_log_kept=100000

# ai_fleet_prepare: all of the setup. Returns when the agent may start.
ai_fleet_prepare() {
  ai_fleet_log=$ai_fleet_directory/setup.log
  ai_fleet_step=0
  : >"$ai_fleet_log"
  command -p tail -n +1 -f "$ai_fleet_log" 2>/dev/null &
  ai_fleet_viewer=$!
  ai_fleet_take_turn
  ai_fleet_timed_out=
  ai_fleet_interrupted=
  trap 'ai_fleet_timed_out=yes' ALRM
  trap 'ai_fleet_interrupted=yes' INT
  # The end of the session reaches the group in the foreground only, which the commands are not in.
  trap 'ai_fleet_signal HUP; exit 129' HUP
  ai_fleet_guard &
  ai_fleet_guard=$!
  ai_fleet_setup_commands
  ai_fleet_leave
  trap - EXIT ALRM HUP
  trap : INT
}

# ai_fleet_leave: ends what accompanies the setup.
ai_fleet_leave() {
  command -p rm -f -- "$ai_fleet_queue/$ai_fleet_ticket"
  kill -s KILL "$ai_fleet_viewer" "$ai_fleet_guard" 2>/dev/null
  # bash would say later that they were killed.
  wait "$ai_fleet_viewer" "$ai_fleet_guard" 2>/dev/null
}

# ai_fleet_take_turn: waits until few enough of the setups that queued before this one still go on. Each has a ticket that says whose
# it is: the process of a launcher, and the boot it belongs to, since process ids come again.
ai_fleet_take_turn() {
  command -p mkdir -p -- "$ai_fleet_queue"
  ai_fleet_boot=$(command -p cat /proc/sys/kernel/random/boot_id 2>/dev/null || command -p sysctl -n kern.boottime)
  printf '%s\n' "$$" "$ai_fleet_boot" >"$ai_fleet_queue/.$ai_fleet_ticket"
  command -p mv -f -- "$ai_fleet_queue/.$ai_fleet_ticket" "$ai_fleet_queue/$ai_fleet_ticket"
  trap 'command -p rm -f -- "$ai_fleet_queue/$ai_fleet_ticket"' EXIT
  # The queue goes by the time of the last write. Only now can others see it: those that did not may have their turn already.
  echo >>"$ai_fleet_queue/$ai_fleet_ticket"
  ai_fleet_is_turn && return
  ai_fleet_note phase 'setup 0'
  until ai_fleet_is_turn; do command -p sleep 1; done
}

ai_fleet_is_turn() {
  ai_fleet_before=0
  for ai_fleet_other in $(command -p ls -tr -- "$ai_fleet_queue"); do
    [ "$ai_fleet_other" != "$ai_fleet_ticket" ] || return 0
    if ai_fleet_is_held "$ai_fleet_queue/$ai_fleet_other"; then
      ai_fleet_before=$((ai_fleet_before + 1))
    else
      command -p rm -f -- "$ai_fleet_queue/$ai_fleet_other"
    fi
    [ "$ai_fleet_before" -lt "$ai_fleet_setup_parallel" ] || return 1
  done
}

# ai_fleet_is_held TICKET
ai_fleet_is_held() {
  { read -r ai_fleet_holder && read -r ai_fleet_its_boot; } 2>/dev/null <"$1" &&
    [ "$ai_fleet_its_boot" = "$ai_fleet_boot" ] && kill -0 "$ai_fleet_holder" 2>/dev/null
}

# ai_fleet_guard: runs beside the commands, says when their time is up, and keeps the log from filling the disk.
ai_fleet_guard() {
  ai_fleet_seconds=0
  while [ "$ai_fleet_seconds" -lt "$ai_fleet_setup_seconds" ]; do
    command -p sleep 1
    ai_fleet_seconds=$((ai_fleet_seconds + 1))
    [ "$(command -p wc -c <"$ai_fleet_log")" -le "$ai_fleet_log_limit" ] || ai_fleet_shorten
  done
  kill -s ALRM "$$"
}

# ai_fleet_shorten: the commands append to the log, so that it can be emptied under their hands.
ai_fleet_shorten() {
  command -p tail -c "$ai_fleet_log_kept" -- "$ai_fleet_log" >"$ai_fleet_log.end"
  echo '... what was printed before is not kept' >"$ai_fleet_log"
  command -p cat -- "$ai_fleet_log.end" >>"$ai_fleet_log"
  command -p rm -f -- "$ai_fleet_log.end"
}

# ai_fleet_setup COMMAND: one setup command. It writes to a file that a `tail` shows, not to a pipe, which a server that it leaves
# behind would keep open for ever. Nobody is there to answer a question, so there is no input. With job control it has a process group
# of its own and can be ended as a whole.
ai_fleet_setup() {
  ai_fleet_step=$((ai_fleet_step + 1))
  ai_fleet_note phase "setup $ai_fleet_step"
  printf '$ %s\n' "$1" >>"$ai_fleet_log"
  set -m 2>/dev/null
  ai_fleet_inside /bin/sh -c "$1" </dev/null >>"$ai_fleet_log" 2>&1 &
  ai_fleet_job=$!
  set +m
  ai_fleet_await_job
  [ "$ai_fleet_code" -ne 0 ] || return 0
  ai_fleet_leave
  if [ -n "$ai_fleet_timed_out" ]; then
    ai_fleet_why="was stopped, since the setup took longer than $ai_fleet_setup_seconds s"
  else
    ai_fleet_why="failed with exit code $ai_fleet_code"
  fi
  printf 'setup command %s %s: %s\n' "$ai_fleet_step" "$ai_fleet_why" "$1" | command -p tee -a "$ai_fleet_log"
  ai_fleet_note phase "failed $ai_fleet_step $ai_fleet_code${ai_fleet_timed_out:+ timeout}"
  exit "$ai_fleet_code"
}

# ai_fleet_await_job: waits for the command. A signal that is caught ends `wait` early; Ctrl-C in the pane is meant for the command.
ai_fleet_await_job() {
  while :; do
    wait "$ai_fleet_job"
    ai_fleet_code=$?
    [ -z "$ai_fleet_timed_out" ] || break
    kill -0 "$ai_fleet_job" 2>/dev/null || return 0
    [ -z "$ai_fleet_interrupted" ] || ai_fleet_signal INT
    ai_fleet_interrupted=
  done
  ai_fleet_signal TERM
  (command -p sleep 3 && ai_fleet_signal KILL) &
  wait "$ai_fleet_job"
  ai_fleet_signal KILL
  ai_fleet_code=124
}

# ai_fleet_signal NAME: to the whole group of the command, or to itself where a shell without a terminal gave it none.
ai_fleet_signal() {
  kill -s "$1" -- "-$ai_fleet_job" 2>/dev/null || kill -s "$1" "$ai_fleet_job" 2>/dev/null
}
