#!/bin/sh
# What the action does, for any runner: installs fleet if it is not there, starts the agents, waits, and says where the report is.
# FLEET_PROMPT, FLEET_AGENT, FLEET_COUNT, FLEET_TEST and FLEET_VERSION are the inputs; GITHUB_OUTPUT gets the outputs.
set -eu

temporary=${RUNNER_TEMP:-${TMPDIR:-/tmp}}
PATH=$temporary/fleet/bin:$PATH
export PATH

if ! command -v fleet >/dev/null 2>&1; then
  address=${FLEET_ADDRESS:-https://github.com/ai-fleet/ai-fleet}
  installer=$temporary/install-fleet.sh
  curl --fail --silent --show-error --location --output "$installer" "$address/releases/latest/download/install.sh"
  if [ "${FLEET_VERSION:-latest}" = latest ]; then
    sh "$installer" --prefix "$temporary/fleet"
  else
    sh "$installer" --prefix "$temporary/fleet" --version "$FLEET_VERSION"
  fi
fi

report=$temporary/fleet-report.txt
status=0
fleet fanout "${FLEET_COUNT:-1}" attempt --agent "${FLEET_AGENT:-claude}" --prompt "$FLEET_PROMPT" >&2
fleet wait attempt || status=$?
if [ -n "${FLEET_TEST:-}" ]; then fleet test attempt -- sh -c "$FLEET_TEST" >"$report" || status=$?; fi
fleet list attempt >>"$report"
[ -z "${GITHUB_OUTPUT:-}" ] || echo "report=$report" >>"$GITHUB_OUTPUT"
[ -z "${GITHUB_STEP_SUMMARY:-}" ] || { echo '```' && cat "$report" && echo '```'; } >>"$GITHUB_STEP_SUMMARY"
exit "$status"
