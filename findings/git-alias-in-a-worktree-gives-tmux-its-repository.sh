#!/usr/bin/env bash
# An alias of git that begins with "!" is a shell command, and is said to differ from one typed in that it runs at the top of the worktree.
# In a linked worktree it has GIT_DIR as well, unlike in the main one, where the same alias has not. Where it starts tmux (an alias that opens
# a session for an agent is such a one) and is the first to do so, the server takes GIT_DIR into its global environment, and it is in each
# pane from then on, in sessions of other repositories too, until the server ends. git goes by it and not by the directory: git add --all and
# git commit in another project commit the files of that project to the branch of the worktree in which the alias was called, as the deletion
# of its own. Seen with git 2.39.5 and tmux, version 3.3a.
set -euo pipefail

folder=$(mktemp -d)
trap 'tmux -S "$folder/socket" kill-server 2>/dev/null || :; rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8 SHELL=/bin/sh socket=$folder/socket
unset TMUX TMUX_PANE
git --version
tmux -V

git config --global user.name finding
git config --global user.email finding@localhost
git config --global alias.session '!tmux -S "$socket" -f /dev/null new-session -d -s'
for name in main other; do
  git init --quiet --initial-branch=main "$folder/$name"
  echo words >"$folder/$name/file-of-$name"
  git -C "$folder/$name" add .
  git -C "$folder/$name" commit --quiet --message "first of $name"
done
git -C "$folder/main" worktree add --quiet -b agent ../agent
echo new >"$folder/other/new-of-other"

# commits_in_other WORKTREE: starts a server by the alias in that worktree of main, and has a session of its own in the other project make a
# commit there; the last commit of each of the two repositories, with its files.
commits_in_other() {
  (cd "$folder/$1" && git session first)
  tmux -S "$socket" new-session -d -s second -c "$folder/other" \
    "git add --all; git commit --quiet --message 'work on other'; tmux -S '$socket' wait-for -S done; sleep 100"
  tmux -S "$socket" wait-for done
  tmux -S "$socket" show-environment -g GIT_DIR 2>/dev/null | sed "s|$folder|DIR|" || true
  tmux -S "$socket" kill-server
  for branch in other/main "$1/HEAD"; do
    echo "$branch: $(git -C "$folder/${branch%/*}" show --format=%s --name-status --no-renames "${branch#*/}" | xargs)"
  done
}
from_agent=$(commits_in_other agent)
from_main=$(commits_in_other main)
echo "server started by the alias in a linked worktree:"
echo "$from_agent"
echo "server started by the alias in the main worktree:"
echo "$from_main"
[ "$from_agent" = 'GIT_DIR=DIR/main/.git/worktrees/agent
other/main: first of other A file-of-other
agent/HEAD: work on other D file-of-main A file-of-other A new-of-other' ]
[ "$from_main" = 'other/main: work on other A new-of-other
main/HEAD: first of main A file-of-main' ]
echo "as described"
