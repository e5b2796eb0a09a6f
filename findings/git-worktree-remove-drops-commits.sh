#!/usr/bin/env bash
# git worktree remove refuses to remove a worktree for a single untracked file. It does not look at commits: those that were made in it
# without a branch (--detach, as tools make them) go with it, code 0 and no word, although git switch counts them ("you are leaving 1
# commit behind") where it leaves the same HEAD, and the log in which their ids stood goes too. Files that are ignored go as quietly.
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
echo .env >.gitignore
git add .gitignore
git commit --quiet --message first

work() {
  git worktree add --quiet --detach ../agent
  echo work >../agent/work
  git -C ../agent add work
  git -C ../agent commit --quiet --message "an hour of work"
}
work
switching=$(git -C ../agent switch --create later main 2>&1 | grep behind || :)
git worktree remove ../agent
work
commit=$(git -C ../agent rev-parse HEAD)
echo secret >../agent/.env
touch ../agent/untracked
code_of_file=0
git worktree remove ../agent 2>"$folder/refusal" || code_of_file=$?
rm ../agent/untracked
code=0
said=$(git worktree remove ../agent 2>&1) || code=$?
in_logs=$(git rev-list --all --reflog | grep -c "$commit" || :)
echo "git switch:                             $switching"
echo "worktree remove with an untracked file: code $code_of_file"
echo "with a commit that nothing else has:    code $code, it said \"$said\""
echo "refs and logs that reach it afterwards: $in_logs"
[ -n "$switching" ] && [ "$code_of_file" = 128 ] && [ "$code$said" = 0 ] && [ ! -e ../agent ] && [ "$in_logs" = 0 ] || exit 1
echo "as described"
