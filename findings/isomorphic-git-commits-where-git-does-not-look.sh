#!/usr/bin/env bash
# isomorphic-git (git in JavaScript, without git) follows the file .git of a linked worktree to its git directory, and stops there: the file
# commondir in it, which leads to the repository, is not read. So nothing fails. The branch of the worktree has its right name, every file
# counts as absent from HEAD, and commit answers with an id; commit and branch are written under .git/worktrees/NAME, where git does not
# look for either. For git the branch has not moved, and the work goes when git worktree remove deletes that directory, without --force, as
# nothing is changed. Seen with isomorphic-git 1.44.19 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git --version
npm install --prefix "$folder/tool" --cache "$folder/cache" --no-audit --no-fund --no-update-notifier --loglevel=error isomorphic-git@1.44.19 >&2
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C

git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
echo first >file
git add file
git commit --quiet --message first
git worktree add --quiet -b agent ../agent

cat >"$folder/tool/commit.cjs" <<'SCRIPT'
const fs = require("node:fs");
const git = require("isomorphic-git");
const author = { name: "finding", email: "finding@localhost" };
(async () => {
  if (process.argv[2] === "version") return console.log(`isomorphic-git ${git.version()}`);
  const dir = process.argv[2];
  const branch = await git.currentBranch({ fs, dir });
  const status = await git.statusMatrix({ fs, dir });
  console.log(branch, JSON.stringify(status), await git.commit({ fs, dir, message: "second", author }));
})();
SCRIPT
node "$folder/tool/commit.cjs" version
read -r branch status id < <(node "$folder/tool/commit.cjs" "$folder/agent")
read -r _ of_main in_main < <(node "$folder/tool/commit.cjs" "$folder/main")
known=$(git cat-file -t "$in_main" 2>/dev/null || echo unknown)/$(git cat-file -t "$id" 2>/dev/null || echo unknown)
commits=$(git rev-list --count main)/$(git rev-list --count agent)
stored=$(cd .git/worktrees/agent && find objects refs -name "${id:2}" -o -path refs/heads/agent | wc -l)
git worktree remove ../agent
removed=$(find .git -name "${id:2}" | wc -l)
echo "status of an unchanged file: main $of_main, worktree ($branch) $status"
echo "what git knows of the two commits: $known, commits of the two branches: $commits"
echo "files of that commit and branch in the git directory of the worktree: $stored, left behind git worktree remove: $removed"
[ "$branch/$of_main/$status" = 'agent/[["file",1,1,1]]/[["file",0,2,2]]' ]
[ "$known/$commits/$stored/$removed" = 'commit/unknown/2/1/2/0' ]
echo "as described"
