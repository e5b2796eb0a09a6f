#!/usr/bin/env bash
# gh pr merge --delete-branch in a linked worktree, where agents are: the pull request is merged, then gh wants to leave the branch for the
# base, which the main worktree has checked out. git refuses, gh exits with 1, without a terminal there is no word of the merge, and the
# branch on the forge stays, since it would have been deleted after the local one. An agent that sees this tries to merge again, or
# reports that it could not. Without --delete-branch the same command exits with 0. Seen with gh 2.23.0 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq gh=2.23.0+dfsg1-1 2>/dev/null || apt-get download -qq gh 2>/dev/null
dpkg -x gh_*.deb package
gh=$folder/package/usr/bin/gh
export HOME=$folder/home TMPDIR=$folder XDG_CACHE_HOME=$folder/cache GH_CONFIG_DIR=$folder/home GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
export GH_TOKEN=none GH_NO_UPDATE_NOTIFIER=1 GH_PROMPT_DISABLED=1
unset GH_HOST GH_REPO
mkdir -p "$HOME"
"$gh" --version | head -n 1
git --version

# Stands in for the API of the forge, with one pull request, and keeps what was asked of it.
cat >api.mjs <<'API'
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
const [, , socket, log] = process.argv;
const pullRequest = {
  ...{ id: "PR_1", number: 1, state: "OPEN", title: "work", baseRefName: "main", headRefName: "agent", headRefOid: "0".repeat(40) },
  ...{ mergeStateStatus: "CLEAN", headRepositoryOwner: { id: "O_1", login: "owner" }, commits: { nodes: [] } },
};
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    const { query = "" } = text ? JSON.parse(text) : {};
    const [, type] = /(\w+): *__type/.exec(query) ?? [];
    const merges = query.includes("mergePullRequest");
    if (merges) appendFileSync(log, "merge ");
    if (request.method === "DELETE") appendFileSync(log, "delete-branch ");
    const merged = { mergePullRequest: { clientMutationId: "" } };
    const data = type ? { [type]: { fields: [] } } : merges ? merged : { repository: { pullRequest } };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ data }));
  });
});
server.listen(socket);
API
node api.mjs "$folder/socket" "$folder/asked" &
server=$!
until [ -S "$folder/socket" ]; do sleep 0.1; done
"$gh" config set http_unix_socket "$folder/socket"

git config --global user.name finding
git config --global user.email finding@localhost
git init --quiet --initial-branch=main main
cd main
git remote add origin https://github.com/owner/repository.git
git commit --quiet --allow-empty --message first
git worktree add --quiet -b agent ../agent
cd ../agent
git commit --quiet --allow-empty --message work

# merge WORDS...: the code, what gh says, and what it asked of the forge.
merge() {
  local code=0 said
  : >"$folder/asked"
  said=$("$gh" pr merge 1 --merge "$@" 2>&1) || code=$?
  echo "code $code, it says \"${said/$folder/DIR}\", it asked for $(cat "$folder/asked")"
}
alone=$(merge)
deleting=$(merge --delete-branch)
echo "gh pr merge:                 $alone"
echo "gh pr merge --delete-branch: $deleting"
[ "$alone" = 'code 0, it says "", it asked for merge ' ] || exit 1
[[ $deleting == "code 1, it says "*"'main' is already checked out at"*", it asked for merge " ]]
echo "as described"
