#!/usr/bin/env bash
# git format-patch and git am carry a commit from one repository to another, and one expects the same commit there. They write a mail, in
# which nothing says where the message ends but the first line that looks like a diff. A message that quotes one, as agents write them to
# say what they tried or left out, is cut there, and the quoted diff is applied along with the real one: the commit arrives with
# another change and another message, with exit code 0. git cherry-pick and both kinds of git rebase keep it as it is; the quoted diff has
# to be indented to stay a quote. Seen with git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
git --version
git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
echo 30 >limit
git add .
git commit --quiet --message first

cat >../message <<'MESSAGE'
Log each time-out

Tried first, and left out since it hides the cause:

diff --git a/limit b/limit
--- a/limit
+++ b/limit
@@ -1 +1 @@
-30
+300

So it only logs.
MESSAGE

# carried FILE WORDS...: what the newest commit has, once a commit with the message in FILE was carried to a branch by the command.
carried() {
  local message=$1
  shift
  git switch --quiet --force-create work main
  echo "log" >program
  git add program
  git commit --quiet --file "$message"
  git switch --quiet --detach main
  "$@" >/dev/null
  echo "$(git diff-tree --no-commit-id --name-only -r HEAD | xargs), ends with \"$(git log -1 --format=%B | sed '/^$/d' | tail -n 1)\", limit $(cat limit)"
}
mailed() { git format-patch -1 --stdout work | git am --quiet; }
rebased() { git -c advice.detachedHead=false checkout --quiet work && git rebase --quiet --force-rebase --apply main; }
by_pick=$(carried ../message git cherry-pick work)
by_rebase=$(carried ../message rebased)
by_mail=$(carried ../message mailed)
sed -E '/^(diff|---|\+|@@|-)/s/^/  /' ../message >../indented
by_indented=$(carried ../indented mailed)
echo "a commit that adds the file program, in its message the diff of another:"
echo "by git cherry-pick:           $by_pick"
echo "by git rebase --apply:        $by_rebase"
echo "by git format-patch | git am: $by_mail"
echo "with the quoted diff indented: $by_indented"
kept='program, ends with "So it only logs.", limit 30'
[ "$by_pick/$by_rebase/$by_indented" = "$kept/$kept/$kept" ]
[ "$by_mail" = 'limit program, ends with "Tried first, and left out since it hides the cause:", limit 300' ]
echo "as described"
