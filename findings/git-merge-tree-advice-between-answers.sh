#!/usr/bin/env bash
# git merge-tree --stdin -z answers many merges in one process, each answer made of words that end with NUL. Where the merge of a
# submodule needs a person, git 2.39 prints its advice for that person ("This can be accomplished with the following steps") as plain
# text into the same stream, between two answers and without a NUL of its own: what follows cannot be told apart from it. With
# --no-messages the answers are whole. Seen with git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1
git --version
git init --quiet --initial-branch=main "$folder/repository"
cd "$folder/repository"
git config user.name finding
git config user.email finding@localhost

commit_with_module() {
  git update-index --add --cacheinfo "160000,$(printf "$1%.0s" $(seq 40)),module"
  git commit --quiet --message "module at $1"
}
commit_with_module 1
git branch two
commit_with_module 3
git symbolic-ref HEAD refs/heads/two
git read-tree two
commit_with_module 4

pairs=$(printf 'main two\nmain main\n')
with=$(git merge-tree --write-tree --stdin -z --name-only <<<"$pairs" | tr '\0' '@')
without=$(git merge-tree --write-tree --stdin -z --name-only --no-messages <<<"$pairs" | tr '\0' '@')
printf '%s\n\nwith messages (NUL as @):\n%s\n\nwithout:\n%s\n' "$pairs" "$with" "$without"

# The answer to the second pair is 1, a tree and an empty word. It does not begin behind a NUL.
grep -q 'in the superproject' <<<"$with"
if grep -Eq '@@1@[0-9a-f]{40}@@$' <<<"$with"; then exit 1; fi
grep -Eq '@1@[0-9a-f]{40}@@$' <<<"$without"
echo "as described"
