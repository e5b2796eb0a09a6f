#!/usr/bin/env bash
# repo.index.add of GitPython stages a file as repo.git.add does, one would think; the first is what its documentation shows. It writes the
# bytes of the file into the store by itself, without the filters that .gitattributes names: a file that belongs to Git LFS is committed
# whole in place of its pointer, lines end as they do on disk in spite of text=auto. There is no error and no warning, git status shows the
# file as changed directly behind the commit, also for who resets or clones. repo.git.add, which calls git, stores
# what git would. Seen with GitPython 3.2.1, Git LFS 3.3.0 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq git-lfs=3.3.0-1+deb12u2 2>/dev/null || apt-get download -qq git-lfs 2>/dev/null
dpkg -x git-lfs_*.deb package
export PATH=$folder/package/usr/bin:$PATH HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
git --version
git lfs version
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check GitPython==3.2.1
"$folder/python/bin/python" -c 'import git; print("GitPython, version", git.__version__)'

git init --quiet --initial-branch=main main
cd main
git config user.name finding
git config user.email finding@localhost
git lfs install --local --skip-repo >/dev/null
printf '*.bin filter=lfs diff=lfs merge=lfs -text\n*.txt text=auto\n' >.gitattributes
git add .
git commit --quiet --message first
cat >../commit.py <<'PYTHON'
import sys

import git

repo = git.Repo(".")
name = sys.argv[1]
for file in (f"{name}.bin", f"{name}.txt"):
    if name == "index":
        repo.index.add([file])
    else:
        repo.git.add(file)
repo.index.commit(name)
PYTHON

# stored NAME: what a commit has of two files that are staged in that way.
stored() {
  local pointer line
  printf 'a large file\n' >"$1.bin"
  printf 'line\r\n' >"$1.txt"
  "$folder/python/bin/python" ../commit.py "$1"
  pointer=$(git cat-file blob "HEAD:$1.bin" | head -n 1)
  line=$(git cat-file blob "HEAD:$1.txt" | od -An -c | tr -d ' ')
  echo "[$pointer] [$line]"
}
by_git=$(stored git)
by_index=$(stored index)
rm .git/index
git reset --quiet --hard 2>/dev/null
changed=$(git status --short | xargs)
echo "repo.git.add stores:   $by_git"
echo "repo.index.add stores: $by_index"
echo "git status behind git reset --hard: $changed"
[ "$by_git" = '[version https://git-lfs.github.com/spec/v1] [line\n]' ]
[ "$by_index" = '[a large file] [line\r\n]' ]
echo "as described"
