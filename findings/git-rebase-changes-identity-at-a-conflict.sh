#!/usr/bin/env bash
# [includeIf "onbranch:agent/"] gives the branches of agents an identity (or a signing key) of their own. A rebase leaves the branch at
# once, but has read its settings before. So a rebase without a conflict commits with the identity of the branch, and one that stops goes
# on without it: behind git rebase --continue, which starts on no branch, the commits are those of another committer, in one and the same
# rebase. Seen with git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C GIT_EDITOR=true
unset GIT_COMMITTER_EMAIL GIT_COMMITTER_NAME EMAIL
git --version
cat >"$folder/.gitconfig" <<CONFIG
[user]
  name = finding
  email = person@localhost
[includeIf "onbranch:agent/"]
  path = $folder/agent.config
CONFIG
printf '[user]\n  email = agent@localhost\n' >"$folder/agent.config"
git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
change() { echo "$2" >"$1"; git add "$1"; git commit --quiet --message "$2"; }
change file first
git switch --quiet --create agent/task
change one one
change file two
change three three
git branch agent/copy
git switch --quiet main
change unrelated 'on main'
git switch --quiet agent/copy

# committers BASE: who committed what was rebased, oldest first.
committers() { git log --reverse --format='%s by %cn <%ce>' "$1.." | sed 's/ by finding <\(.*\)@localhost>/ \1/' | paste -sd,; }
git rebase --quiet main
smooth=$(committers main)
git switch --quiet main
change file 'in the way'
git switch --quiet agent/task
git rebase --quiet main >/dev/null 2>&1 || :
echo solved >file
git add file
git rebase --continue >/dev/null 2>&1
stopped=$(committers main)
echo "committers without a conflict:        $smooth"
echo "with a conflict in the second commit: $stopped"
[ "$smooth" = 'one agent,two agent,three agent' ] && [ "$stopped" = 'one agent,two person,three person' ] || exit 1
echo "as described"
