#!/usr/bin/env bash
# git stash create makes a commit of what is uncommitted without touching anything, which is what a snapshot of an agent's work wants to be.
# git stash push --include-untracked takes new files as well; git stash create --include-untracked is accepted, leaves them out, and
# calls the snapshot "--include-untracked": create has no options, and takes whatever follows for its message. With nothing but new
# files it makes nothing, with exit code 0, as in a clean worktree. Seen with git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
git --version
git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
echo one >file
git add file
git commit --quiet --message first

# files COMMIT: what a stash holds.
files() { git stash show --include-untracked --name-only "$1" | paste -sd' '; }
echo new >new-file
code=0
alone=$(git stash create --include-untracked) || code=$?
echo two >file
created=$(git stash create --include-untracked)
subject=$(git log -1 --format=%s "$created")
of_create=$(files "$created")
git stash push --quiet --include-untracked
of_push=$(files 'stash@{0}')
echo "git stash push --include-untracked holds:   $of_push"
echo "git stash create --include-untracked holds: $of_create, and is called \"$subject\""
echo "with a new file alone it makes:             '$alone', code $code"
[ "$of_push/$of_create/$subject/$alone$code" = 'file new-file/file/On main: --include-untracked/0' ]
echo "as described"
