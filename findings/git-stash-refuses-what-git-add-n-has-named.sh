#!/usr/bin/env bash
# git diff leaves new files out, so programs that want to see all that an agent did call git add -N (--intent-to-add) first, which is said
# to record only that a path will be added later. From then on git stash push and git stash create fail in that worktree ("not uptodate.
# Cannot merge"), for all files and not for the new one alone: nothing of the work is put aside. git rebase --autostash fails with them. A
# snapshot that is made by git stash create has to be made before, or by an index of its own, as git add takes the same file without a word.
# Seen with git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
git --version
git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
echo first >known
git add known
git commit --quiet --message first
git branch base
git commit --quiet --allow-empty --message second
echo work >>known
echo work >new

# code WORDS...: how git ends, and what it says first.
code() {
  local code=0 said
  said=$(git "$@" 2>&1) || code=$?
  echo "code $code, ${said%%$'\n'*}"
}
created=$(git stash create)
git add --intent-to-add new
create=$(code stash create)
push=$(code stash push)
rebase=$(code rebase --autostash --onto base HEAD~1)
left=$(git status --porcelain | tr '\n' ';')
tree=$(
  cp -p .git/index "$folder/index"
  export GIT_INDEX_FILE=$folder/index
  git add --all
  git ls-tree --name-only "$(git write-tree)" | tr '\n' ' '
)
echo "stash create before git add -N:  ${created:+a commit}"
echo "stash create after it:           $create"
echo "stash push:                      $push"
echo "rebase --autostash:              $rebase"
echo "an index of its own holds:       $tree"
error="error: Entry 'new' not uptodate. Cannot merge."
[ -n "$created" ] && [ "$create/$push" = "code 1, $error/code 1, $error" ] || exit 1
[ "$rebase" != "${rebase#code [1-9]}" ] && [ "$left/$tree" = ' M known; A new;/known new ' ] || exit 1
echo "as described"
