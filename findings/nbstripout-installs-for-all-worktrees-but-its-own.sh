#!/usr/bin/env bash
# nbstripout --install makes git leave the output of notebooks out of commits. It has two parts, a filter in the configuration and a line in
# info/attributes that says for which files. Called in a linked worktree, with code 0, the two go apart: the configuration is that of all
# worktrees, and the line goes to the git directory of this one, where git does not look for attributes. Where nothing was installed before,
# it has no effect and says nothing. Where it was, the filter, which is "required", names the Python of this worktree from then on, for all
# of them: when the agent is done and git worktree remove has taken its environment along, git add of a notebook fails in the main checkout.
# Seen with nbstripout 0.9.1 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
git --version
git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
echo .venv >.gitignore
git add .gitignore
git commit --quiet --message first
git worktree add --quiet -b agent ../agent

# installs WORKTREE: nbstripout from an environment of the worktree's own, as "uv run nbstripout --install" and the like do.
installs() {
  cd "$folder/$1"
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check --cache-dir "$folder/cache" nbstripout==0.9.1 >&2
  .venv/bin/nbstripout --install
}
# staged WORKTREE NAME: what is staged of a notebook with an output, or what git says.
staged() {
  cd "$folder/$1"
  cat >"$2.ipynb" <<'NOTEBOOK'
{ "cells": [{ "cell_type": "code", "id": "1", "execution_count": 1, "metadata": {}, "source": ["1"], "outputs": [
  { "output_type": "stream", "name": "stdout", "text": ["said"] } ] }], "metadata": {}, "nbformat": 4, "nbformat_minor": 5 }
NOTEBOOK
  local said
  said=$(git add "$2.ipynb" 2>&1) || { tail -n 1 <<<"$said"; return; }
  git cat-file blob ":$2.ipynb" | grep -q said && echo "with its output" || echo "without its output"
}
installs main
echo "nbstripout, version $(.venv/bin/nbstripout --version)"
before="$(staged main a), $(staged agent a)"
cd "$folder/agent"
git reset --quiet --hard
installs agent
in_agent=$(staged agent b)
echo "installed in main, a notebook in main and in the worktree: $before"
git -C "$folder/main" config filter.nbstripout.clean | sed "s|$folder|DIR|"
git -C "$folder/main" worktree remove --force ../agent
after=$(staged main b)
echo "installed in the worktree as well:  $in_agent"
echo "main, when the worktree is removed: $after"

# The same in a repository in which it is installed in the worktree alone.
git init --quiet --initial-branch=main "$folder/other"
git -C "$folder/other" -c user.name=finding -c user.email=finding@localhost commit --quiet --allow-empty --message first
git -C "$folder/other" worktree add --quiet -b alone ../alone
installs alone
alone=$(staged alone a)
echo "installed in a worktree alone:      $alone"
[ "$before" = 'without its output, without its output' ]
[ "$in_agent/$alone" = 'without its output/with its output' ]
[ "$after" = "fatal: b.ipynb: clean filter 'nbstripout' failed" ]
echo "as described"
