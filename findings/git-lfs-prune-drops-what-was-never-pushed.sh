#!/usr/bin/env bash
# git lfs prune deletes local copies of files that have been pushed; those of unpushed commits stay "regardless of how old", and it knows
# that there are other worktrees. What it looks at for unpushed commits are branches and tags. Of a worktree that works without a branch
# (--detach, as tools for agents make them) it keeps the files of the last commit, and deletes those of all commits before it, the only
# copies there are. --verify-remote, to be "extra sure", asks the remote about what can be reached from branches, so not about these. git gc
# keeps those commits, which can be neither checked out nor pushed any more, while the same work on a branch is whole.
# Seen with git-lfs 3.3.0 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq git-lfs=3.3.0-1+deb12u2 2>/dev/null || apt-get download -qq git-lfs 2>/dev/null
dpkg -x git-lfs_*.deb package
export PATH=$folder/package/usr/bin:$PATH HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
echo "version: $(git-lfs version)"
git --version

git config --global user.name finding
git config --global user.email finding@localhost
git lfs install --skip-repo >/dev/null
git init --quiet --bare --initial-branch=main origin.git
git init --quiet --initial-branch=main main
cd main
git remote add origin "file://$folder/origin.git"
git lfs track file >/dev/null
echo "pushed" >file
git add .
git commit --quiet --message pushed
git push --quiet origin main
git worktree add --quiet -b branch ../branch
git worktree add --quiet --detach ../detached
for worktree in branch detached; do
  for number in first second; do
    echo "$number of $worktree" >"../$worktree/file"
    git -C "../$worktree" commit --quiet --all --message "$number of $worktree"
  done
done

# stored: which contents of the file the repository has a copy of.
stored() {
  find .git/lfs/objects -type f -exec cat {} + | sort | paste -s -d ,
}
before=$(stored)
git gc --quiet --prune=now
git lfs prune --verify-remote >/dev/null
after=$(stored)
lasts=$(git -C ../detached log --format=%s | paste -s -d ,)
code=0
said=$(git -C ../detached push origin HEAD:refs/heads/detached 2>&1) || code=$?
git -C ../branch push --quiet origin branch
there=$(git ls-remote --heads origin | cut -f 2 | xargs)
echo "stored before: $before"
echo "stored after:  $after"
echo "commits of the detached worktree: $lasts"
echo "to push them: code $code, $(grep -o '(missing) file' <<<"$said"); pushed are $there"
[ "$before" = 'first of branch,first of detached,pushed,second of branch,second of detached' ]
[ "$after" = 'first of branch,pushed,second of branch,second of detached' ]
[ "$lasts" = 'second of detached,first of detached,pushed' ]
[[ $code != 0 && $said == *"(missing) file"* && $there == "refs/heads/branch refs/heads/main" ]]
echo "as described"
