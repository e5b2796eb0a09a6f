#!/usr/bin/env bash
# Names below refs/worktree (and refs/bisect, refs/rewritten) belong to one worktree, but all worktrees share one store of objects. git gc
# keeps what the names of the worktree hold in which it is called, and of the other worktrees only HEAD, index and logs: a commit that
# another one keeps under such a name is deleted once it is older than two weeks, without a word, and the name stays, with nothing behind
# it. A snapshot of an agent's work has to be kept under a name that all share. Seen with git 2.39.5.
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
git worktree add --quiet -b other ../other

# keep NAME WORKTREE: a commit that is a month old and that WORKTREE alone keeps, under NAME.
keep() {
  local commit
  commit=$(git commit-tree -p HEAD -m "$1" 'HEAD^{tree}')
  git -C "$2" update-ref "$1" "$commit"
  touch -d '1 month ago' ".git/objects/${commit:0:2}/${commit:2}"
}
keep refs/worktree/of-this-one .
keep refs/worktree/snapshot ../other
keep refs/shared-snapshot ../other
said=$(git gc --quiet 2>&1)
state() { if git -C "$1" cat-file -e "$2" 2>/dev/null; then echo there; else echo gone; fi; }
own=$(state . refs/worktree/of-this-one)
others=$(state ../other refs/worktree/snapshot)
shared=$(state ../other refs/shared-snapshot)
echo "after git gc, which said \"$said\""
echo "refs/worktree/of-this-one: $own"
echo "refs/worktree/snapshot of the other worktree: $others, though the name is $(git -C ../other rev-parse --short refs/worktree/snapshot)"
echo "refs/shared-snapshot of the other worktree: $shared"
[ "$own $others $shared $said" = "there gone there " ]
echo "as described"
