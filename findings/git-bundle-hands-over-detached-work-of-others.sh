#!/usr/bin/env bash
# git bundle create FILE --all says "all refs" to whoever knows it from clones and pushes. In a linked worktree --all reaches the HEADs of
# all other worktrees too, so that a bundle by which one agent hands over its branch has also the commits that others have made on detached
# HEADs and given no name, as refs "worktrees/NAME/HEAD" (and main-worktree/HEAD) outside of refs/. A clone of the bundle takes no ref of
# them; they can be fetched by that name. git push --mirror from the same place does not send them. Only --single-worktree before --all, a
# word of git rev-list, leaves them out. Seen with git 2.39.5.
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
git worktree add --quiet --detach ../trial
git -C ../trial commit --quiet --allow-empty --message "trial of another agent"
trial=$(git -C ../trial rev-parse HEAD)

cd ../agent
git bundle create --quiet ../all.bundle --all
git bundle create --quiet ../single.bundle --single-worktree --all
git init --quiet --bare ../pushed
git push --quiet --mirror ../pushed
git init --quiet --bare ../fetched
git -C ../fetched fetch --quiet ../all.bundle worktrees/trial/HEAD

# heads NAME: the names in a bundle.
heads() { git bundle list-heads "../$1.bundle" | cut -d' ' -f2 | sort | xargs; }
# has REPOSITORY: whether it has the commit that has no name.
has() { if git -C "$1" cat-file -e "$trial" 2>/dev/null; then echo yes; else echo no; fi; }
all=$(heads all)
single=$(heads single)
echo "--all has: $all"
echo "--single-worktree --all has: $single"
echo "the commit without a name was fetched from the bundle: $(has ../fetched), pushed by --mirror: $(has ../pushed)"
[ "$all" = 'HEAD main-worktree/HEAD refs/heads/agent refs/heads/main worktrees/trial/HEAD' ]
[ "$single" = 'HEAD refs/heads/agent refs/heads/main' ]
[ "$(has ../fetched)/$(has ../pushed)" = yes/no ]
echo "as described"
