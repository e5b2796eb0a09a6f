# Tells the user that their agent is in another state: notify STATUS. Run by hooks of the agent and by its launcher; nobody waits for
# what it starts, and what that prints is kept beside it.
case $ai_fleet_states in *" $1 "*) ;; *) exit 0 ;; esac
# Hooks are given what they are about.
[ -t 0 ] || command -p cat >/dev/null
export AI_FLEET_STATUS="$1"
# Ignored signals stay ignored: the session may be gone the next moment.
trap '' HUP
/bin/sh -c "$ai_fleet_command" </dev/null >>"${0%/*}/notify.log" 2>&1 &
