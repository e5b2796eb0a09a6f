#!/usr/bin/env bash
# GitPython, which Python tools for agents are built on, runs the hooks of git itself where it makes a commit by itself (index.commit): a
# pre-commit that refuses raises HookExecutionError. In a linked worktree it looks for them in the git directory of that worktree, where
# none are, since git keeps them for all worktrees in one place; it then commits what was to be refused, and raises nothing. The same call
# keeps to the rules in the main checkout and breaks them where agents work. repo.git.commit, which calls git, is refused in both. Seen with
# GitPython 3.1.45 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
git --version
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check gitpython==3.1.45
echo "GitPython $("$folder/python/bin/python" -c 'import git; print(git.__version__)')"

git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
git commit --quiet --allow-empty --message first
git worktree add --quiet -b agent ../agent
printf '#!/bin/sh\necho "no tests"\nexit 1\n' >.git/hooks/pre-commit
chmod +x .git/hooks/pre-commit

cat >"$folder/commit.py" <<'PYTHON'
import sys
import git

def outcome(commit):
    try:
        commit()
        return "committed"
    except (git.exc.HookExecutionError, git.exc.GitCommandError) as error:
        return f"refused ({type(error).__name__})"

repo = git.Repo(sys.argv[1])
print("index.commit", outcome(lambda: repo.index.commit("unchecked")), end=", ")
print("git.commit", outcome(lambda: repo.git.commit("--allow-empty", "-m", "unchecked")))
PYTHON
in_main=$("$folder/python/bin/python" "$folder/commit.py" "$folder/main")
in_worktree=$("$folder/python/bin/python" "$folder/commit.py" "$folder/agent")
echo "in the main checkout:    $in_main"
echo "in a linked worktree:    $in_worktree"
refused='git.commit refused (GitCommandError)'
[ "$in_main" = "index.commit refused (HookExecutionError), $refused" ]
[ "$in_worktree" = "index.commit committed, $refused" ]
echo "as described"
