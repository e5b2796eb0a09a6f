#!/usr/bin/env bash
# Hooks of git are shared by all worktrees of a repository. Those of husky are not: it sets core.hooksPath to .husky/_, a relative path,
# which git looks for in the worktree, and keeps that folder out of git. In a worktree that git worktree add has just made it is missing,
# and git passes over hooks that are missing: an agent commits what the hook of the repository would have refused, with exit code 0 and no
# word, although .husky/pre-commit itself is checked out there. husky has to run in each worktree. Seen with husky 9.1.7 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
unset HUSKY
git --version
git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
echo '{ "private": true, "scripts": { "prepare": "husky" } }' >package.json
echo node_modules >.gitignore
npm install --cache "$folder/cache" --no-audit --no-fund --no-update-notifier --loglevel=error --save-dev --save-exact husky@9.1.7 >&2
node_modules/.bin/husky
echo "husky $(node -p 'require("./node_modules/husky/package.json").version'), core.hooksPath $(git config core.hooksPath)"
mkdir -p .husky
echo 'echo refused; exit 1' >.husky/pre-commit
git add --all
git commit --quiet --no-verify --message first
git worktree add --quiet -b agent ../agent

# commits DIRECTORY: what becomes of a commit there.
commits() {
  local code=0 said
  said=$(git -C "$1" commit --quiet --allow-empty --message "unchecked" 2>&1) || code=$?
  echo "code $code${said:+, ${said%%$'\n'*}}"
}
in_main=$(commits .)
in_new=$(commits ../agent)
has=$(cd ../agent && echo .husky/*)
(cd ../agent && "$folder/main/node_modules/.bin/husky")
in_prepared=$(commits ../agent)
echo "in the main worktree:           $in_main"
echo "in a new worktree:              $in_new; it has $has"
echo "behind husky in that worktree:  $in_prepared"
[ "$in_main/$in_new/$has/$in_prepared" = 'code 1, refused/code 0/.husky/pre-commit/code 1, refused' ]
echo "as described"
