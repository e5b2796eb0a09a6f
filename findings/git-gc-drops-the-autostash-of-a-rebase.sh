#!/usr/bin/env bash
# git rebase --autostash puts uncommitted changes aside for as long as the rebase lasts. They are no row of git stash: the id of their
# commit stands in a file of the rebase, which git gc does not read. When the rebase waits for its person for more than two weeks, the
# next git gc, in any worktree, deletes the changes, and the end of the rebase says no more than that it "cannot store" an id. What
# git stash push has put aside before the rebase is kept. Seen with git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C GIT_EDITOR=true
git --version
git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
change() { echo "$2" >"$1"; git add "$1"; git commit --quiet --message "$2"; }
change notes 'first notes'
change file 'first'
git worktree add --quiet -b other ../other
change file 'of main'
cd ../other
change file 'of other'

# rebased WORDS...: what becomes of a change of notes when the rebase stops at a conflict for a month and main is cleaned up meanwhile.
rebased() {
  git rebase "$@" main >/dev/null 2>&1 || :
  find ../main/.git/objects -type f -exec touch -d '1 month ago' {} +
  git -C ../main gc --quiet
  echo solved >file
  git add file
  git rebase --continue 2>&1 | grep store || :
}
before=$(git rev-parse HEAD)
echo 'an hour of work' >notes
git stash push --quiet
rebased --no-autostash
git stash pop --quiet
with_stash=$(cat notes)
git reset --quiet --hard "$before"

echo 'an hour of work' >notes
said=$(rebased --autostash)
with_autostash=$(cat notes)
listed=$(git stash list | wc -l)
echo "git stash push:         the file says \"$with_stash\""
echo "git rebase --autostash: the file says \"$with_autostash\", stash has $listed rows, the rebase said \"$said\""
[ "$with_stash" = 'an hour of work' ] && [ "$with_autostash" = 'first notes' ] && [ "$listed" = 0 ] && [[ $said == *"cannot store"* ]] || exit 1
echo "as described"
