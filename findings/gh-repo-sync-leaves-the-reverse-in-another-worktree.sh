#!/usr/bin/env bash
# gh repo sync brings a branch to what the forge has. If it is the branch of the directory one stands in, gh merges; if not, it takes it for
# checked out nowhere and moves the ref alone. In a linked worktree, where agents are, main is "another branch", and the main worktree has
# it checked out: that one then has the reverse of all new commits staged, and the next commit there, be it of one new file, undoes
# on main what others have pushed, without a conflict. git fetch origin main:main refuses the same. gh exits with 0 and says nothing.
# Seen with gh 2.23.0 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq gh=2.23.0+dfsg1-1 2>/dev/null || apt-get download -qq gh 2>/dev/null
dpkg -x gh_*.deb package
gh=$folder/package/usr/bin/gh
export HOME=$folder/home XDG_CACHE_HOME=$folder/cache GH_CONFIG_DIR=$folder/home GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
export GH_TOKEN=none GH_NO_UPDATE_NOTIFIER=1 GH_PROMPT_DISABLED=1
unset GH_HOST GH_REPO
mkdir -p "$HOME"
"$gh" --version | head -n 1
git --version
git config --global user.name finding
git config --global user.email finding@localhost

# The forge is a directory to git; gh knows it by the address for pushes, and asks its API nothing where the branch is given.
git init --quiet --bare --initial-branch=main forge
git init --quiet --initial-branch=main main
cd main
echo first >file
git add file
git commit --quiet --message first
git remote add origin "$folder/forge"
git push --quiet --set-upstream origin main
git remote set-url --push origin https://github.com/owner/repository.git
git worktree add --quiet -b agent ../agent
git clone --quiet ../forge ../other
cd ../other
echo second >>file
touch new
git add .
git commit --quiet --message "of others"
git push --quiet

cd ../agent
by_git=0
git fetch --quiet origin main:main 2>/dev/null || by_git=$?
by_gh=0
said=$("$gh" repo sync --branch main 2>&1) || by_gh=$?
cd ../main
staged=$(git status --short | xargs)
touch mine
git add mine
git commit --quiet --message "only mine"
committed=$(git diff-tree --no-commit-id --name-status -r HEAD | xargs)
echo "git fetch origin main:main in a linked worktree: code $by_git"
echo "gh repo sync --branch main there: code $by_gh, it says \"$said\""
echo "git status in the main worktree, where nothing was changed: $staged"
echo "the commit of one new file there: $committed"
[ "$by_git/$by_gh$said/$staged/$committed" = '128/0/M file D new/M file A mine D new' ]
echo "as described"
