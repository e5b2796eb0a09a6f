#!/usr/bin/env bash
# git maintenance start (and register) notes a repository in the configuration of the user, for a timer that looks after all of
# them. Called in a linked worktree it notes the path of that worktree. git worktree remove does not take the note back, and the timer's
# git for-each-repo stops at the first path that is not there: of all repositories of the user those that come behind it in the list are
# maintained no more, and nobody sees the error. One agent that starts it in its worktree does that to the other projects of its user.
# Seen with git 2.39.5; a later git has --keep-going for it.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
unset XDG_CONFIG_HOME GIT_CONFIG_GLOBAL
git --version
git config --global user.name finding
git config --global user.email finding@localhost
for name in one other; do
  git init --quiet --initial-branch=main "$folder/$name"
  git -C "$folder/$name" commit --quiet --allow-empty --message first
done
cd "$folder/one"
git worktree add --quiet -b agent "$folder/agent"

# looked_after: the names of the repositories that the command of the timer comes to, and its code.
looked_after() {
  local code=0 paths
  paths=$(git for-each-repo --config=maintenance.repo rev-parse --show-toplevel 2>/dev/null) || code=$?
  echo "$(echo "$paths" | sed 's|.*/||' | tr '\n' ' ')code $code"
}
git -C "$folder/agent" maintenance register
git -C "$folder/other" maintenance register
noted=$(git config --global --get-all maintenance.repo | sed 's|.*/||' | tr '\n' ' ')
before=$(looked_after)
git worktree remove "$folder/agent"
left=$(git config --global --get-all maintenance.repo | sed 's|.*/||' | tr '\n' ' ')
after=$(looked_after)
echo "noted:                           $noted"
echo "the timer comes to:              $before"
echo "noted, the worktree removed:     $left"
echo "the timer comes to:              $after"
[ "$noted/$before/$left/$after" = 'agent other /agent other code 0/agent other / code 128' ]
echo "as described"
