#!/usr/bin/env bash
# git-crypt unlock opens a repository, and linked worktrees share all of it. The key they do not share: git-crypt looks for it in the git
# directory of the worktree, where nothing is. So git worktree add fails in an unlocked repository, asking whether it was unlocked, and takes
# the worktree back but leaves the branch. One made with --no-checkout works once a link leads from its git directory to the key of the
# repository. Seen with git-crypt 0.7.0 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq git-crypt=0.7.0-0.1 2>/dev/null || apt-get download -qq git-crypt 2>/dev/null
dpkg -x git-crypt_*.deb package
export PATH=$folder/package/usr/bin:$PATH HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
echo "version: $(git-crypt --version)"
git --version

git init --quiet --initial-branch=main main
cd main
git config user.name finding
git config user.email finding@localhost
git crypt init 2>/dev/null >&2
echo 'secret filter=git-crypt diff=git-crypt' >.gitattributes
echo words >secret
git add .
git commit --quiet --message first
stored=$(git cat-file blob HEAD:secret | head -c 9 | tr -d '\0')

code=0
said=$(git worktree add --quiet -b agent ../agent 2>&1) || code=$?
left="$(git worktree list | wc -l) worktree, branches $(git for-each-ref --format='%(refname:short)' refs/heads | xargs)"
git worktree add --quiet --no-checkout ../agent agent
ln -s ../../git-crypt "$(git -C ../agent rev-parse --absolute-git-dir)/git-crypt"
git -C ../agent reset --quiet --hard
linked="$(cat ../agent/secret), status [$(git -C ../agent status --short)]"
echo "in the main worktree: $(cat secret), stored as $stored"
echo "git worktree add: code $code, $(head -n 1 <<<"$said")"
echo "it leaves: $left"
echo "with a link to the key: $linked"
[ "$stored" = GITCRYPT ]
[[ $code == 128 && $said == *"have you unlocked/initialized this repository yet?"* ]]
[ "$left/$linked" = '1 worktree, branches agent main/words, status []' ]
echo "as described"
