#!/usr/bin/env bash
# Git tells from size and time in seconds whether a file is as its index says, and reads a file that was changed in the second in which
# the index was written, since its time says nothing then. It takes that second from the index file itself. So a copy of the index that
# is younger (cp, then GIT_INDEX_FILE) makes git add and git diff miss a change of the same size; a copy with the old time (cp -p) does
# not. Seen with git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1
git --version
git init --quiet "$folder/repository"
cd "$folder/repository"
git config user.name finding
git config user.email finding@localhost
second='2025-01-01 00:00:00'
echo a >file
touch -d "$second" file
git config core.trustctime false
git add file
git commit --quiet --message first
echo b >file
touch -d "$second" file .git/index

cp .git/index younger
cp -p .git/index same-age
found() { GIT_INDEX_FILE=$PWD/$1 git diff-files --name-only -- file; }
echo "the index itself:  $(git diff-files --name-only -- file)"
echo "a younger copy:    $(found younger)"
echo "one of its age:    $(found same-age)"
[ -n "$(git diff-files --name-only -- file)" ] && [ -z "$(found younger)" ] && [ -n "$(found same-age)" ] || exit 1
echo "as described"
