#!/usr/bin/env bash
# Who works in tmux on another machine likes to have "RemoteCommand tmux new -A -s main" for that host in ~/.ssh/config, so that "ssh host"
# is at home. One might expect that a command on the command line comes before it, as every other option there does. ssh refuses it:
# "Cannot execute command-line and remote command", 255, the code of a lost link. With that every tool that runs something by ssh fails
# for such a user, git, scp and sftp among them, with BatchMode as well. -o RemoteCommand=none makes it work, and beside it RequestTTY=no
# is needed, as the RequestTTY of the same entry turns line ends into CR LF. Seen with OpenSSH, version 9.2.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || :; rm -rf "$folder"' EXIT
ssh -V 2>&1
ssh-keygen -q -t ed25519 -N '' -f "$folder/host"
ssh-keygen -q -t ed25519 -N '' -f "$folder/user"
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$folder/server" <<SERVER
ListenAddress 127.0.0.1:$port
HostKey $folder/host
AuthorizedKeysFile $folder/user.pub
StrictModes no
UsePAM no
PidFile none
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
SERVER
cat >"$folder/config" <<CONFIG
Host *
  HostName 127.0.0.1
  Port $port
  IdentityFile $folder/user
  UserKnownHostsFile $folder/known
  StrictHostKeyChecking no
  LogLevel ERROR
  BatchMode yes
Host home
  RemoteCommand tmux new -A -s main
  RequestTTY force
CONFIG
"$(command -v sshd || echo /usr/sbin/sshd)" -D -e -f "$folder/server" 2>"$folder/log" &
server=$!
until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done
git init --quiet --bare "$folder/repository"

# code WORDS...: how a command ends.
code() {
  local code=0
  "$@" >"$folder/out" 2>&1 </dev/null || code=$?
  echo "$code"
}
plain=$(code ssh -F "$folder/config" other echo hello)
own=$(code ssh -F "$folder/config" home echo hello)
reason=$(cat "$folder/out")
git=$(GIT_SSH_COMMAND="ssh -F '$folder/config'" code git ls-remote "home:$folder/repository")
sftp=$(code sftp -q -F "$folder/config" -b /dev/null home)
none=$(ssh -F "$folder/config" -o RemoteCommand=none home echo hello </dev/null | od -An -c | tr -d ' \n')
both=$(ssh -F "$folder/config" -o RemoteCommand=none -o RequestTTY=no home echo hello </dev/null | od -An -c | tr -d ' \n')
echo "a command, without RemoteCommand:  code $plain"
echo "with it in the configuration:      code $own, $reason"
echo "git ls-remote, sftp:               code $git, code $sftp"
echo "-o RemoteCommand=none:             $none"
echo "and -o RequestTTY=no:              $both"
[ "$plain/$own/$git/$sftp/$none/$both" = '0/255/128/255/hello\r\n/hello\n' ]
echo "as described"
