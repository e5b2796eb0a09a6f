#!/usr/bin/env bash
# Worktrees of agents often lie inside the repository, in a directory that git ignores, and git clean -fdx says "Skipping repository" for
# them: what is a repository of its own goes only with a second -f. That holds for as long as the path in the file .git of the worktree is
# right. Once the directory of the repository has another name, it is wrong until git worktree repair, and the same git clean deletes
# the worktrees with all that is not committed in them. It does so in the very place that looks as before. Seen with git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
git --version
git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
echo .worktrees >.gitignore
git add .gitignore
git commit --quiet --message first
git worktree add --quiet -b agent .worktrees/agent
echo "an hour of work" >.worktrees/agent/work

# cleaned: what git clean says, and whether the work is there afterwards.
cleaned() {
  local said
  said=$(git clean -fdx 2>&1)
  echo "$said, work $([ -e .worktrees/agent/work ] && echo there || echo gone)"
}
before=$(cleaned)
mv "$folder/main" "$folder/renamed"
cd "$folder/renamed"
git worktree repair "$PWD/.worktrees/agent" >/dev/null 2>&1
repaired=$(cleaned)
mv "$folder/renamed" "$folder/again"
cd "$folder/again"
after=$(cleaned)
echo "where it was made:          $before"
echo "renamed, and repaired:      $repaired"
echo "renamed, and not repaired:  $after"
skipped='Skipping repository .worktrees/agent, work there'
[ "$before/$repaired/$after" = "$skipped/$skipped/Removing .worktrees/, work gone" ]
echo "as described"
