#!/usr/bin/env bash
# git worktree remove refuses a worktree with changed or untracked files, unless it is forced to. dulwich, which is git in Python without
# git, has worktree_remove(repo, path, force=False) and "dulwich worktree remove PATH" with --force beside it, "even if there are local
# changes". Neither of them looks for changes: without force the directory is deleted with all that was not committed in it, and the code is
# 0. A tool that relies on the refusal to keep the unfinished work of its agents loses it. Seen with dulwich 1.2.21 and git 2.39.5.
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
echo first >file
git add file
git commit --quiet --message first
for name in by-git by-call by-command; do
  git worktree add --quiet -b "$name" "../$name"
  echo changed >>"../$name/file"
  echo new >"../$name/untracked"
done

# there NAME: whether the worktree still has its work.
there() { if [ -s "../$1/untracked" ]; then echo kept; else echo gone; fi; }
code=0
git worktree remove ../by-git 2>/dev/null || code=$?
"$folder/python/bin/python" -c 'from dulwich import porcelain; porcelain.worktree_remove(".", "../by-call", force=False)' 2>/dev/null
"$folder/python/bin/dulwich" worktree remove ../by-command
outcome="git $code $(there by-git), worktree_remove $(there by-call), dulwich worktree remove $(there by-command)"
echo "a worktree with uncommitted work: $outcome"
[ "$outcome" = 'git 128 kept, worktree_remove gone, dulwich worktree remove gone' ]
echo "as described"
