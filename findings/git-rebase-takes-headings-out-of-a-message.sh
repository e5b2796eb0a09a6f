#!/usr/bin/env bash
# A commit message given with -m or -F keeps its lines that begin with #: headings of Markdown, and "#42 is closed by this". git rebase and
# cherry-pick keep them as well, as long as nothing conflicts. Behind a conflict --continue makes the commit as if a person had edited its
# message (where agents have GIT_EDITOR=true), and deletes those lines as comments: the same branch is rebased with or without them by what others
# have changed. commit.cleanup=whitespace, which is said to keep them, makes it worse: a rebase then has the help text for that person in
# the message as well. Another core.commentChar keeps the lines and nothing else. Seen with git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C GIT_EDITOR=true
git --version
git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
echo first >file
git add file
git commit --quiet --message first
git switch --quiet --create agent
echo agent >file
git commit --quiet --all --message $'Fix the login\n\n# Why\n\nIt hung.\n\n#42 is closed by this.'
git switch --quiet --create aside main
git commit --quiet --allow-empty --message aside
git switch --quiet --create conflicting main
echo other >file
git commit --quiet --all --message other

# message WORDS...: what is left of the message, where git with these words carries the commit and conflicts are settled.
message() {
  if ! git "$@" >/dev/null 2>&1; then
    echo both >file
    git add file
    git "$1" --continue >/dev/null 2>&1
  fi
  git log -1 --format=%B | sed '/^$/d' | tr '\n' '|'
}
# carried BRANCH: the message behind a rebase onto the branch, and behind a cherry-pick onto it.
carried() {
  git switch --quiet --detach agent
  message rebase "$1"
  echo -n " "
  git switch --quiet --detach "$1"
  message cherry-pick agent
}
clean=$(carried aside)
conflict=$(carried conflicting)
git config commit.cleanup whitespace
helped=$(carried conflicting)
git config --unset commit.cleanup
git config core.commentChar ';'
kept=$(carried conflicting)
echo "rebase and cherry-pick without a conflict: $clean"
echo "with one:                                  $conflict"
echo "with one and commit.cleanup=whitespace:    $helped"
echo "with one and core.commentChar=;            $kept"
whole='Fix the login|# Why|It hung.|#42 is closed by this.|'
[ "$clean/$conflict" = "$whole $whole/Fix the login|It hung.| Fix the login|It hung.|" ]
[[ $helped == "$whole# Please enter the commit message for your changes."* ]]
[ "$kept" = "$whole $whole" ]
echo "as described"
