#!/usr/bin/env bash
# git sparse-checkout set in a linked worktree turns on extensions.worktreeConfig, in the configuration that all worktrees share, so that the
# setting can be of that one alone. go-git (git in Go, without git) does not know this extension and refuses to open the repository: from
# then on no tool that is built on it works in the main checkout or in any other worktree, where nothing is sparse. git sparse-checkout
# disable and the removal of that worktree do not take the extension back. Seen with go-git 5.19.3 and git 2.39.5.
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

	"github.com/go-git/go-git/v5"
)

func main() {
	_, err := git.PlainOpenWithOptions(".", &git.PlainOpenOptions{EnableDotGitCommonDir: true})
	fmt.Println(err)
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
mkdir needed other
touch needed/file other/file
git add .
git commit --quiet --message first
git worktree add --quiet -b agent ../agent
git worktree add --quiet -b sparse ../sparse

# opens: what go-git says in the main checkout and in a worktree that is not the sparse one.
opens() { echo "$("$folder/tool/tool"), $(cd ../agent && "$folder/tool/tool")"; }
before=$(opens)
git -C ../sparse sparse-checkout set needed
behind=$(opens)
git -C ../sparse sparse-checkout disable
git worktree remove ../sparse
without=$(opens)
git status --short
echo "before:                                    $before"
echo "behind git sparse-checkout in another one: $behind"
echo "when that worktree is gone:                $without"
refusal='core.repositoryformatversion does not support extension: worktreeconfig'
[ "$before/$behind/$without" = "<nil>, <nil>/$refusal, $refusal/$refusal, $refusal" ]
echo "as described"
