#!/usr/bin/env bash
# With extensions.worktreeConfig, git config --worktree keeps a setting "for this worktree alone". git worktree add copies that file
# whole into the new worktree (but core.worktree and core.bare), from the worktree in which it is called: an identity, an alias or a
# hooks path that was meant for one goes on to all that are made from it, and on to theirs. Seen with git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1
git --version
git init --quiet "$folder/main"
cd "$folder/main"
git -c user.name=finding -c user.email=finding@localhost commit --quiet --allow-empty --message first
git config extensions.worktreeConfig true
git config --worktree user.email main@localhost
git config --worktree core.hooksPath hooks-of-main

git worktree add --quiet -b one ../one
git -C ../one config --worktree user.email one@localhost
git -C ../one worktree add --quiet -b two ../two
settings() { git -C "../$1" config --worktree --list | tr '\n' ' '; }
from_main=$(git -C ../one config --worktree core.hooksPath)
from_one=$(git -C ../two config --worktree user.email)
echo "of one, made in main: $(settings one)"
echo "of two, made in one:  $(settings two)"
[ "$from_main" = hooks-of-main ] && [ "$from_one" = one@localhost ] || exit 1
echo "as described"
