#!/usr/bin/env bash
# git reset --hard sets tracked files back and leaves others alone. The HardReset of go-git (git in Go, without git) deletes every file that
# is in no index: untracked ones, ignored ones (so .env, build caches, node_modules), and since it takes a worktree inside the worktree for
# a plain directory, all files of the worktrees which lie there as tools for many agents like it, tracked, changed and new ones alike; only
# their .git stays. Checkout with Force does the same. The call returns no error. Seen with go-git 5.19.3 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 LC_ALL=C GOFLAGS=-modcacherw GOPATH=$folder/go GOCACHE=$folder/cache
git --version
go version
mkdir "$folder/tool"
cd "$folder/tool"
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/go-git/go-git/v5"
)

func main() {
	repository, err := git.PlainOpen(".")
	if err != nil {
		panic(err)
	}
	worktree, err := repository.Worktree()
	if err != nil {
		panic(err)
	}
	if os.Args[1] == "checkout" {
		err = worktree.Checkout(&git.CheckoutOptions{Branch: "refs/heads/main", Force: true})
	} else {
		err = worktree.Reset(&git.ResetOptions{Mode: git.HardReset})
	}
	fmt.Println(os.Args[1], err)
}
GO
go mod init finding 2>/dev/null
go get github.com/go-git/go-git/v5@v5.19.3 2>/dev/null
go build -o tool .
go list -m github.com/go-git/go-git/v5

git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
git config user.name finding
git config user.email finding@localhost
printf '.env\n.worktrees/\n' >.gitignore
echo first >file
git add .
git commit --quiet --message first

# files COMMAND...: what is left of an untracked file, an ignored one and a worktree inside, behind the command.
files() {
  rm -rf .worktrees
  git worktree prune
  git worktree add --quiet --force -B agent .worktrees/agent
  touch .worktrees/agent/new untracked .env
  "$@" >/dev/null
  find . -name .git -prune -o -type f -print | sort | xargs
}
by_git=$(files git reset --hard)
by_reset=$(files "$folder/tool/tool" reset)
by_checkout=$(files "$folder/tool/tool" checkout)
echo "git reset --hard leaves: $by_git"
echo "HardReset of go-git:     $by_reset"
echo "Checkout with Force:     $by_checkout"
inside='./.worktrees/agent/.gitignore ./.worktrees/agent/file ./.worktrees/agent/new'
[ "$by_git" = "./.env ./.gitignore $inside ./file ./untracked" ]
[ "$by_reset/$by_checkout" = './.gitignore ./file/./.gitignore ./file' ]
[ "$("$folder/tool/tool" reset)" = 'reset <nil>' ]
echo "as described"
