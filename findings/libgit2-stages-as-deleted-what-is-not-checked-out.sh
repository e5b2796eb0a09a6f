#!/usr/bin/env bash
# A worktree with git sparse-checkout has a part of the files; those that it does not have are marked in its index, and git status and git
# add --all pass over them. libgit2 keeps that mark when it reads and writes an index, and does not mind it: to a tool that is built on it
# (pygit2 here) each file that is not checked out is a deleted one, add_all stages the deletion of all of them, and a commit of one changed
# line takes them out of the branch. dulwich, which has no git in it either, minds the mark. Seen with pygit2 1.21.0 (libgit2 1.9.7), dulwich
# 1.2.21 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
git --version
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check pygit2==1.21.0 dulwich==1.2.21
"$folder/python/bin/python" -c 'import pygit2; print("pygit2", pygit2.__version__, "libgit2", pygit2.LIBGIT2_VERSION)'

git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
mkdir needed other
touch needed/file other/file
git add .
git commit --quiet --message first
git worktree add --quiet -b agent ../agent
cd ../agent
git sparse-checkout set needed
echo changed >needed/file

cat >"$folder/stage.py" <<'PYTHON'
import pygit2
from dulwich import porcelain
of_dulwich = sorted(path.decode() for path in porcelain.status(".").unstaged)
repo = pygit2.Repository(".")
of_libgit2 = sorted(repo.status())
repo.index.add_all()
repo.index.write()
print(f"dulwich {of_dulwich}, libgit2 {of_libgit2}")
PYTHON
git add --all
by_git=$(git status --short)
git reset --quiet
seen=$("$folder/python/bin/python" "$folder/stage.py")
by_libgit2=$(git status --short)
echo "changed files by: $seen"
echo "staged by git: $by_git"
echo "staged by libgit2: $(xargs <<<"$by_libgit2")"
[ "$seen" = "dulwich ['needed/file'], libgit2 ['needed/file', 'other/file']" ]
[ "$by_git/$by_libgit2" = "M  needed/file/M  needed/file
D  other/file" ]
echo "as described"
