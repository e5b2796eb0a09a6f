#!/usr/bin/env bash
# git worktree add -b NAME PATH makes a branch and a worktree, and one might expect both or none of it. Where PATH is taken the branch is
# made first and stays when it fails with 128, so that the same command with another path fails because of the branch. Where the hook
# post-checkout of the repository fails, its code is the code of git worktree add, without a word, and all of it is there. Whoever tries
# again, or takes the code for "nothing was made", leaves branches behind or works in what they believe to be missing. Seen with git 2.39.5.
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
mkdir "$folder/taken"
touch "$folder/taken/file"

# add NAME PATH: the code of git worktree add, and what is there afterwards.
add() {
  local code=0
  git worktree add --quiet -b "$1" "$2" 2>"$folder/said" || code=$?
  echo "code $code," "$(git branch --format='branch %(refname:short)' --list "$1")" "$(git -C "$2" status --porcelain --branch 2>/dev/null)"
}
taken=$(add first "$folder/taken")
again=$(add first "$folder/free")
reason=$(cat "$folder/said")
printf '#!/bin/sh\nexit 3\n' >.git/hooks/post-checkout
chmod +x .git/hooks/post-checkout
hooked=$(add second "$folder/hooked")
echo "on a path that is taken:        $taken"
echo "the same on a free one:         $again ($reason)"
echo "with a hook that exits with 3:  $hooked, said \"$(cat "$folder/said")\""
[ "$taken" = 'code 128, branch first ' ] && [ "$again" = 'code 255, branch first ' ] || [ "$again" = 'code 128, branch first ' ] || exit 1
[ "$hooked" = 'code 3, branch second ## second' ] && [ ! -s "$folder/said" ] || exit 1
echo "as described"
