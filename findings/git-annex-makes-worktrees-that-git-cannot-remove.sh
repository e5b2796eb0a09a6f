#!/usr/bin/env bash
# A linked worktree has a file .git. Where the repository uses git-annex, that file is a symbolic link as soon as git worktree add has ended:
# the filter or hook of git-annex that a checkout runs has replaced it, so that the links to annexed files lead somewhere. Everything in
# the worktree works, git worktree list shows nothing, and yet git will not remove or move it any more, with --force --force neither, since
# ".git is not a .git file"; repair does not mend it, prune does not take it. To delete the directory and then to prune is all that helps,
# and that asks nobody whether there were changes. Seen with git-annex 10.20230126 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq git-annex=10.20230126-3 2>/dev/null || apt-get download -qq git-annex 2>/dev/null
dpkg -x git-annex_*.deb package
export PATH=$folder/package/usr/bin:$PATH HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
git annex version | head -n 1
git --version

git init --quiet --initial-branch=main main
cd main
git config user.name finding
git config user.email finding@localhost
echo first >file
git add file
git commit --quiet --message first

# kind: what .git of a new worktree is.
kind() {
  git worktree add --quiet --detach ../agent
  stat --format=%F ../agent/.git
}
# outcome WORDS...: the code of git with these words, and what it says of it.
outcome() {
  local code=0 said
  said=$(git "$@" 2>&1) || code=$?
  echo "$code${said:+ ${said##*/.git\' }}"
}
before=$(kind)
removed_before=$(outcome worktree remove ../agent)
git annex init --quiet finding >/dev/null 2>&1
with_annex=$(kind)
works=$(git -C ../agent status --short)
listed=$(git worktree list --porcelain | grep -cE 'prunable|locked' || true)
removed=$(outcome worktree remove ../agent)
forced=$(outcome worktree remove --force --force ../agent)
moved=$(outcome worktree move ../agent ../other)
repaired=$(outcome worktree repair ../agent)
forced_again=$(outcome worktree remove --force --force ../agent)
git worktree prune --expire=now
left=$(git worktree list | wc -l)
rm -rf ../agent
git worktree prune --expire=now
left_then=$(git worktree list | wc -l)
echo "without git-annex: .git is a $before, remove: $removed_before"
echo "with git-annex: .git is a $with_annex; git status has [$works], the list has $listed remarks"
echo "remove: $removed"
echo "remove --force --force: $forced; behind repair ($repaired): $forced_again"
echo "move: $moved"
echo "worktrees behind a prune: $left, and behind one with the directory deleted: $left_then"
refusal='128 is not a .git file, error code 2'
[ "$before/$removed_before/$with_annex/$works$listed" = 'regular file/0/symbolic link/0' ]
[ "$removed/$forced/$forced_again/$moved" = "$refusal/$refusal/$refusal/$refusal" ]
[ "$left/$left_then" = 2/1 ]
echo "as described"
