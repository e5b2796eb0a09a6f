#!/usr/bin/env bash
# The gc of dulwich, which is git in Python without git, keeps what is reachable from the refs of the repository it is given, and from its
# HEAD. Linked worktrees have a HEAD, an index and operations of their own, all of the same store of objects, and it does not look at them:
# the commits of an agent on a detached HEAD and the files that it has staged are deleted with prune=True, in a repository where git gc
# --prune=now keeps them. git then fails in that worktree with "bad object HEAD". The default grace of two weeks is all that is between, and
# a detached worktree may well be older. Seen with dulwich 1.2.21 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
git --version
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check dulwich==1.2.21
"$folder/python/bin/python" -c 'from importlib.metadata import version; print("dulwich", version("dulwich"))'

git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
git commit --quiet --allow-empty --message first
git worktree add --quiet --detach ../agent
git -C ../agent commit --quiet --allow-empty --message "work of the agent"
echo staged >../agent/file
git -C ../agent add file
commit=$(git -C ../agent rev-parse HEAD)
blob=$(git -C ../agent rev-parse :file)

# left: which of the two the repository still has.
left() {
  for object in "$commit" "$blob"; do git cat-file -e "$object" 2>/dev/null && echo -n "kept " || echo -n "gone "; done
}
git gc --quiet --prune=now
behind_git=$(left)
cat >"$folder/collect.py" <<'PYTHON'
from dulwich.gc import garbage_collect
from dulwich.repo import Repo
with Repo(".") as repo:
    garbage_collect(repo, prune=True, grace_period=0)
PYTHON
"$folder/python/bin/python" "$folder/collect.py"
behind_dulwich=$(left)
said=$(git -C ../agent log 2>&1 || true)
echo "commit and staged file of the worktree behind git gc: $behind_git"
echo "behind the gc of dulwich: $behind_dulwich"
echo "git log in the worktree: $said"
[ "$behind_git/$behind_dulwich/$said" = 'kept kept /gone gone /fatal: bad object HEAD' ]
echo "as described"
