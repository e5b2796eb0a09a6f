#!/usr/bin/env bash
# Git lets no branch be checked out in two worktrees: git switch refuses, git branch -f does, git fetch into it does. What resets a branch
# and switches to it asks nobody: git checkout -B and git switch -C take a branch that another worktree has, move it, and are on it as well.
# The other worktree stands on the moved branch with its old files, and its next commit, of one new file, takes back what the branch was
# moved to. There is no word of it in either. git rebase main BRANCH, which switches too, refuses. Seen with git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
git --version
git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
git commit --quiet --allow-empty --message first
git worktree add --quiet -b agent ../agent
echo old >../agent/old
git -C ../agent add old
git -C ../agent commit --quiet --message "work of the agent"
echo new >new
git add new
git commit --quiet --message "work on main"
work=$(git rev-parse agent)

# outcome WORDS...: the code of git with these words, and what the worktree of the agent sees of it and commits next.
outcome() {
  local code=0 status
  git switch --quiet --detach main
  git -C ../agent reset --quiet --hard "$work"
  git "$@" >/dev/null 2>&1 || code=$?
  status=$(git -C ../agent status --short | xargs)
  touch ../agent/mine
  git -C ../agent add mine
  git -C ../agent commit --quiet --message "only mine"
  echo "code $code, on [$(git branch --show-current)], there is [$status], commits [$(git -C ../agent diff-tree --no-commit-id --name-status -r HEAD | xargs)]"
}
switch=$(outcome switch agent)
force=$(outcome branch --force agent main)
reset=$(outcome checkout -B agent main)
create=$(outcome switch -C agent main)
rebase=$(outcome rebase main agent)
echo "git switch agent:           $switch"
echo "git branch -f agent main:   $force"
echo "git checkout -B agent main: $reset"
echo "git switch -C agent main:   $create"
echo "git rebase main agent:      $rebase"
refused='code 128, on [], there is [], commits [A mine]'
taken='code 0, on [agent], there is [D new A old], commits [A mine D new A old]'
[ "$switch/$force/$rebase" = "$refused/$refused/$refused" ]
[ "$reset/$create" = "$taken/$taken" ]
echo "as described"
