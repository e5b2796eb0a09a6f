#!/usr/bin/env bash
# git merge-tree --write-tree merges two commits without a checkout, so its answer should depend on the two commits alone. It does not:
# the rules of .gitattributes are read from the files below the directory in which it runs, not from the commits. Two branches that both
# hold "list merge=union" conflict when they are merged from a worktree without that file, also in a bare repository, and merge cleanly
# from a worktree of one of them; an uncommitted .gitattributes counts as well. Seen with git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1
git --version
git init --quiet --initial-branch=main "$folder/repository"
cd "$folder/repository"
git config user.name finding
git config user.email finding@localhost

echo first >list
git add list
git commit --quiet --message first
for branch in one two; do
  git worktree add --quiet -b "$branch" "../$branch" main
  echo 'list merge=union' >"../$branch/.gitattributes"
  echo "$branch" >>"../$branch/list"
  git -C "../$branch" add --all
  git -C "../$branch" commit --quiet --message "$branch"
done
git clone --quiet --bare . ../bare.git

answer() { if git -C "$1" merge-tree --write-tree one two >/dev/null; then echo clean; else echo conflict; fi; }
without=$(answer "$folder/repository")
bare=$(answer "$folder/bare.git")
inside=$(answer "$folder/one")
cp "$folder/one/.gitattributes" .
uncommitted=$(answer "$folder/repository")
echo "from a worktree without the file:       $without"
echo "from a bare repository:                 $bare"
echo "from the worktree of one of the two:    $inside"
echo "from the first, the file uncommitted:   $uncommitted"
[ "$without $bare $inside $uncommitted" = "conflict conflict clean clean" ]
echo "as described"
