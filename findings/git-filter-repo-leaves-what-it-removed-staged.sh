#!/usr/bin/env bash
# git filter-repo rewrites all branches, those which other worktrees have checked out among them, and their detached HEADs. Then it brings
# index and files up to date: of the worktree it was called in, alone. In each other one HEAD has moved and the index is the old one, so
# that the file that had to leave the history stands there as newly added, ready to be committed. The next git commit of an agent, without
# -a and without git add, brings it back. git reset --hard is needed in every worktree. Seen with git-filter-repo 2.47.0 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
git --version
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check git-filter-repo==2.47.0
"$folder/python/bin/python" -c 'from importlib.metadata import version; print("git-filter-repo", version("git-filter-repo"))'

git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
echo first >file
echo large >unwanted
git add file unwanted
git commit --quiet --message first
git worktree add --quiet -b agent ../agent
git worktree add --quiet --detach ../detached
"$folder/python/bin/git-filter-repo" --force --quiet --invert-paths --path unwanted >/dev/null

# state DIRECTORY: what git status says there, and whether the history of it has the file.
state() { echo "$(git -C "$1" status --short | xargs):$(git -C "$1" log --oneline -- unwanted | wc -l)"; }
states="$(state .) $(state ../agent) $(state ../detached)"
echo next >../agent/next
git -C ../agent add next
git -C ../agent commit --quiet --message "next step"
back=$(git -C ../agent show --format= --name-only | xargs)
echo "status and commits with the file, in main, of an agent, detached: $states"
echo "the next commit of the agent has: $back"
[ "$states/$back" = ':0 A unwanted:0 A unwanted:0/next unwanted' ]
echo "as described"
