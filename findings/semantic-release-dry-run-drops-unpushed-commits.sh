#!/usr/bin/env bash
# semantic-release --dry-run is there to see what a release would be, and on a branch that is not one for releases it says that there will be
# none. Before it says so it has fetched each release branch over the local one of the same name ("+main:main"), with --update-head-ok,
# which makes git fetch leave out its refusal to move what a worktree has checked out. So an agent that tries it in its own worktree takes
# from main, which its user has checked out elsewhere, the commits that were not pushed yet: they are in the reflog alone, the files of
# them stand as staged there, and code and output say nothing. Seen with semantic-release 24.2.9 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git --version
npm install --prefix "$folder/tool" --cache "$folder/cache" --no-audit --no-fund --no-update-notifier --loglevel=error semantic-release@24.2.9 >&2
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
# On a machine of CI it takes the branch from the variables of that machine.
for name in $(compgen -e | grep -E '^(CI|GITHUB_|GITLAB_|BUILDKITE|CIRCLE|TRAVIS|JENKINS|TF_BUILD)'); do unset "$name"; done
release=$folder/tool/node_modules/.bin/semantic-release
echo "semantic-release, version $(node -p 'require(process.argv[1]).version' "$folder/tool/node_modules/semantic-release/package.json")"

git init --quiet --bare --initial-branch=main "$folder/origin.git"
git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
git remote add origin "$folder/origin.git"
echo '{ "name": "finding", "version": "0.0.0", "private": true, "release": { "plugins": ["@semantic-release/commit-analyzer"] } }' >package.json
git add package.json
git commit --quiet --message "feat: pushed"
git push --quiet origin main
git worktree add --quiet -b agent ../agent
echo work >work
git add work
git commit --quiet --message "feat: not pushed yet"

# state: what the user's checkout of main looks like.
state() {
  echo "$(git log --format=%s | paste -s -d ,) [$(git status --short | xargs)]"
}
before=$(state)
code=0
refused=$(git -C ../agent fetch --quiet origin +main:main 2>&1) || code=$?
untouched=$(state)
said=$(cd ../agent && "$release" --dry-run 2>&1)
after=$(state)
echo "main: $before"
echo "git fetch origin +main:main in another worktree: code $code, ${refused/"$folder"/DIR}"
echo "semantic-release --dry-run there: code 0, ${said##*› }"
echo "main: $after, $(git reflog -1 --format=%gs main | sed "s|$folder|DIR|")"
[[ $code == 128 && $refused == "fatal: refusing to fetch into branch 'refs/heads/main' checked out at"* && $untouched == "$before" ]]
[[ $said == *"triggered on the branch agent, while semantic-release is configured to only publish from main"* ]]
[ "$before/$after" = 'feat: not pushed yet,feat: pushed []/feat: pushed [A work]' ]
echo "as described"
