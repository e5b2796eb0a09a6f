#!/usr/bin/env bash
# go build writes the commit and whether there were changes into each program, for go version -m and debug.ReadBuildInfo. It looks upward
# for a directory .git. In a linked worktree .git is a file: go passes it over. In one that lies inside the main worktree, where tools for
# many agents like to put them, it comes to the .git of that and writes the commit of the main worktree, with vcs.modified=false, whatever
# the agent has committed or changed; the version of the module is that of the wrong commit too. In a worktree beside it nothing is written,
# and -buildvcs=true, which asks for an error instead, gives none in either. Seen with go 1.26.8 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C GOFLAGS=-modcacherw GOPATH=$folder/go GOCACHE=$folder/cache GOTOOLCHAIN=local
go version
git --version
git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
printf 'module example.com/program\n\ngo 1.22\n' >go.mod
printf 'package main\n\nfunc main() {}\n' >main.go
printf '/worktrees/\n/program\n' >.gitignore
git add .
git commit --quiet --message first
git worktree add --quiet -b inside worktrees/inside
git worktree add --quiet -b beside ../beside
main=$(git rev-parse HEAD)

# stamp DIRECTORY: what a program says that was built there, behind a commit and with a change that is in none.
stamp() {
  local code=0
  cd "$1"
  git commit --quiet --allow-empty --message "work of $1"
  echo '// changed' >>main.go
  go build -buildvcs=true || code=$?
  echo "code $code $(go version -m program | sed -nE 's/^\tbuild\tvcs\.(revision|modified)=/\1 /p' | xargs)" | sed "s/$main/of-main/; s/$(git rev-parse HEAD)/of-$1/"
}
inside=$(cd worktrees && stamp inside)
beside=$(cd .. && stamp beside)
in_main=$(cd .. && stamp main)
echo "in a worktree inside main: $inside"
echo "in one beside it:          $beside"
echo "in the main worktree:      $in_main"
[ "$in_main" = 'code 0 revision of-main modified true' ]
[ "$inside/$beside" = 'code 0 revision of-main modified false/code 0 ' ]
echo "as described"
