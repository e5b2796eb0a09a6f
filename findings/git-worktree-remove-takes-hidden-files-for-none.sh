#!/usr/bin/env bash
# git worktree remove refuses to remove a worktree with untracked files. It asks git status for them, which goes by the user's setting
# status.showUntrackedFiles: where that is "no", as large repositories are told to have it, there are none to see, and files that were
# never committed go with the worktree, without --force, a word or an error. git status --porcelain, which is said to be the same whatever
# the user has configured, calls such a worktree clean as well; --untracked-files has to be given. Seen with git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
git --version
git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
git commit --quiet --allow-empty --message first
git worktree add --quiet -b agent ../agent
echo 'an hour of work' >../agent/new-file

# removes: the code of git worktree remove, and whether the file is there afterwards.
removes() {
  local code=0 file=gone
  git worktree remove ../agent >/dev/null 2>&1 || code=$?
  [ ! -e ../agent/new-file ] || file=there
  echo "code $code, the file is $file"
}
by_default=$(removes)
git config status.showUntrackedFiles no
porcelain=$(git -C ../agent status --porcelain)
asked=$(git -C ../agent status --porcelain --untracked-files)
configured=$(removes)
echo "by default:                   $by_default"
echo "git status --porcelain then:  '$porcelain', with --untracked-files '$asked'"
echo "showUntrackedFiles is no:     $configured"
[ "$by_default" = 'code 128, the file is there' ] && [ "$configured" = 'code 0, the file is gone' ] || exit 1
[ -z "$porcelain" ] && [ "$asked" = '?? new-file' ] || exit 1
echo "as described"
