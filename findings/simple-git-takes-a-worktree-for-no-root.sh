#!/usr/bin/env bash
# simple-git answers checkIsRepo("root") for whether a directory is the root of a repository ("the root of the repo"). It asks git for the
# git directory and takes only ".git" and "." for a root. At the top of a linked worktree git answers with an absolute path, so the answer is
# false, the same as in a subdirectory, and checkIsRepo() without a word is true in all of them. A tool that runs git init where there is no
# root, or looks further up for one, does so in each worktree of an agent. git rev-parse --show-prefix is empty at every root. Seen with
# simple-git 4.0.2 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git --version
npm install --prefix "$folder/tool" --cache "$folder/cache" --no-audit --no-fund --no-update-notifier --loglevel=error simple-git@4.0.2 >&2
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
echo "simple-git $(node -p 'require(process.argv[1]).version' "$folder/tool/node_modules/simple-git/package.json"), version of node $(node --version)"

git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
mkdir below
touch below/file
git add below
git commit --quiet --message first
git worktree add --quiet -b agent ../agent

cat >"$folder/tool/ask.cjs" <<'SCRIPT'
const { simpleGit } = require("simple-git");
(async () => {
  const answers = [];
  for (const directory of process.argv.slice(2)) {
    const git = simpleGit(directory);
    answers.push(`${await git.checkIsRepo("root")} ${await git.checkIsRepo()} ${await git.revparse(["--show-toplevel"]) === directory}`);
  }
  console.log(answers.join(", "));
})();
SCRIPT
said=$(node "$folder/tool/ask.cjs" "$folder/main" "$folder/main/below" "$folder/agent")
echo "root, repository, and top by git, of main, its subdirectory and a linked worktree: $said"
[ "$said" = 'true true true, false true false, false true true' ]
echo "as described"
