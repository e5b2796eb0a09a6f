#!/usr/bin/env bash
# With rerere.enabled git remembers how a conflict was resolved. The state of a merge belongs to its worktree; what is remembered belongs to
# all of them, from the moment on at which one has staged a resolution. So a resolution that one agent committed and that was thrown away
# with its branch and its worktree is what the next agent finds in its file, and with rerere.autoupdate staged, with nothing left to look
# at. "git rerere forget" takes it back only in a worktree that has the same conflict before it. Seen with git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
git --version
git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
git config rerere.enabled true

# change TEXT: a commit with it.
change() {
  echo "$1" >file
  git add file
  git commit --quiet --message "$1"
}
change first
git branch work
change theirs
git worktree add --quiet -b first-agent ../first work
git worktree add --quiet -b second-agent ../second work
for name in first second; do (cd "../$name" && change ours); done

cd ../first
git merge --quiet main >/dev/null 2>&1 || :
change "a wrong resolution" 2>/dev/null
cd ../main
git worktree remove --force ../first
git branch --quiet -D first-agent
git reflog expire --expire=now --all
git gc --quiet --prune=now

cd ../second
code=0
git -c rerere.autoupdate=true merge main >"$folder/said" 2>&1 || code=$?
file=$(cat file)
state=$(git status --porcelain)
git merge --abort
code_without=0
git -c rerere.enabled=false merge --quiet main >/dev/null 2>&1 || code_without=$?
plain=$(git status --porcelain)
grep resolution "$folder/said" || :
echo "the second agent's file, code $code:  $file"
echo "git status there:                    $state"
echo "without rerere, code $code_without:           $plain"
[ "$code/$file/$state/$code_without/$plain" = '1/a wrong resolution/M  file/1/UU file' ]
echo "as described"
