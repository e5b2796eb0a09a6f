#!/usr/bin/env bash
# All worktrees share one store of commits, and git keeps the repository of a submodule in .git/modules even when the submodule is removed.
# In a linked worktree it does neither: each has a repository of its own for each submodule, in .git/worktrees/NAME/modules, with branches
# that are nowhere else. It goes with the worktree: by git worktree remove --force, which every worktree with a submodule needs, clean and
# pushed or not, and by git worktree prune (git gc, after three months) once the directory was moved away, where the files
# still are. A commit on a branch of the superproject outlives both. Seen with git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
git --version
git config --global user.name finding
git config --global user.email finding@localhost
git config --global protocol.file.allow always
git init --quiet --initial-branch=main "$folder/library"
git -C "$folder/library" commit --quiet --allow-empty --message first
git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git submodule --quiet add ../library library
git commit --quiet --message first

# work NAME: a commit on a branch of the worktree and one on a branch of its submodule; the second is pinned by the first.
work() {
  git worktree add --quiet -b "$1" "../$1"
  git -C "../$1" submodule --quiet update --init
  git -C "../$1/library" switch --quiet --create work
  git -C "../$1/library" commit --quiet --allow-empty --message 'an hour of work'
  commit=$(git -C "../$1/library" rev-parse HEAD)
  git -C "../$1" commit --quiet --all --message 'pin the work'
}
# kept NAME: what is left of both.
kept() {
  local outer=gone inner=gone path
  ! git cat-file -e "$1^{commit}" 2>/dev/null || outer=kept
  for path in . library ../library "../moved/library"; do
    ! git -C "$path" cat-file -e "$commit" 2>/dev/null || inner=kept
  done
  echo "commit $outer, that of its submodule $inner"
}

work removed
plain=$(git worktree remove ../removed 2>&1) || plain="refused, ${plain#fatal: }"
git worktree remove --force ../removed
removed=$(kept removed)
work pruned
mv ../pruned ../moved
git worktree prune
pruned=$(kept pruned)
code=0
said=$(git -C ../moved/library log 2>&1) || code=$?
echo "git worktree remove, nothing changed: $plain"
echo "with --force:                         $removed"
echo "moved away, git worktree prune:       $pruned; git log in its submodule: ${said%%:*}: code $code"
[[ $plain == refused*submodules* ]] || exit 1
[ "$removed/$pruned/$code" = 'commit kept, that of its submodule gone/commit kept, that of its submodule gone/128' ]
echo "as described"
