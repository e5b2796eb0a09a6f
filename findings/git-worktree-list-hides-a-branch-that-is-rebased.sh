#!/usr/bin/env bash
# Which worktree holds a branch is asked of git worktree list --porcelain or of for-each-ref with %(worktreepath). While a rebase or a
# bisect of the branch is in progress in a worktree, neither names it: the worktree is "detached" and the path is empty. Git itself goes
# by the files of the rebase: it refuses to check the branch out elsewhere, to delete and to move it, and names that worktree as where it
# is checked out. Seen with git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
git --version
git init --quiet --initial-branch=main "$folder/repository"
cd "$folder/repository"
git config user.name finding
git config user.email finding@localhost
change() { echo "$2" >file; git add file; git commit --quiet --message "$2"; }
change . first
for branch in rebased bisected; do
  git worktree add --quiet -b $branch ../$branch
  (cd ../$branch; change . "$branch 1"; change . "$branch 2")
done
change . other
git -C ../rebased rebase main >/dev/null 2>&1 || :
git -C ../bisected bisect start HEAD main~1 >/dev/null

refused() { if "$@" >/dev/null 2>"$folder/said"; then return 1; else cat "$folder/said"; fi; }
for branch in rebased bisected; do
  listed=$(git worktree list --porcelain | grep -c "^branch refs/heads/$branch$" || :)
  path=$(git for-each-ref --format='%(worktreepath)' refs/heads/$branch)
  said=$(refused git branch --delete --force $branch)
  echo "$branch: lines of the list with it: $listed; path: '$path'; to delete it: ${said/$folder/DIR}"
  [ "$listed" = 0 ] && [ -z "$path" ] && [[ $said == *"checked out at '$folder/$branch'"* ]] || exit 1
  refused git worktree add ../elsewhere $branch >/dev/null
done
echo "as described"
