#!/usr/bin/env bash
# A hook that goes to another repository and calls git there (to build a second checkout, to run tests that make repositories of their own)
# works in the main worktree, where git finds the repository by the directory. In a linked worktree the same hook is given GIT_DIR, so
# that git is in the repository of the commit wherever it goes: a commit that a test makes in a repository of its own ends up on
# the branch that is being committed to. Seen with git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
git --version
git config --global user.name finding
git config --global user.email finding@localhost
for name in main other; do
  git init --quiet --initial-branch=main "$folder/$name"
  git -C "$folder/$name" commit --quiet --allow-empty --message "first of $name"
done
cd "$folder/main"
git worktree add --quiet -b agent ../agent

cat >.git/hooks/post-commit <<HOOK
#!/bin/sh
[ -z "\$IN_TEST" ] || exit 0
cd "$folder/other"
IN_TEST=1 git commit --quiet --allow-empty --message "of a test"
echo "GIT_DIR=\$GIT_DIR" | sed 's|$folder|DIR|' >>"$folder/told"
HOOK
chmod +x .git/hooks/post-commit

# last DIRECTORY: the subject of the last commit there.
last() { git -C "$1" log -1 --format=%s; }
git commit --quiet --allow-empty --message 'of main'
in_main="main: $(last .), other: $(last ../other)"
git -C ../other reset --quiet --soft HEAD~1
git -C ../agent commit --quiet --allow-empty --message 'of agent'
in_linked="agent: $(last ../agent), other: $(last ../other)"
echo "committed in the main worktree:  $in_main ($(sed -n 1p "$folder/told"))"
echo "committed in a linked worktree:  $in_linked ($(sed -n 2p "$folder/told"))"
[ "$in_main" = 'main: of main, other: of a test' ] && [ "$in_linked" = 'agent: of a test, other: first of other' ] || exit 1
[ "$(paste -sd, "$folder/told")" = 'GIT_DIR=,GIT_DIR=DIR/main/.git/worktrees/agent' ]
echo "as described"
