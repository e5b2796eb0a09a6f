#!/usr/bin/env bash
# ssh exits with the code of the command, or with 255 if there was an error of its own. A command that is ended by a signal is neither:
# the server tells the client which signal it was, and the client exits with 255, without a word. An agent that ran out of memory looks like
# a lost link, and is started a second time by whoever tries again on 255. timeout -s KILL does the same, since it ends itself that way.
# 128 and the signal, as every shell has it, come only from a shell that outlives the command. Seen with OpenSSH, version 9.2.
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
SERVER
"$(command -v sshd || echo /usr/sbin/sshd)" -D -e -f "$folder/server" 2>"$folder/log" &
server=$!
until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done

options=(-F none -i "$folder/user" -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile="$folder/known")
ssh "${options[@]}" -p "$port" 127.0.0.1 true 2>/dev/null
# code PORT COMMAND: how ssh ends, and what it says.
code() {
  local code=0 said
  said=$(ssh "${options[@]}" -p "$1" 127.0.0.1 "$2" 2>&1) || code=$?
  echo "$code${said:+, $said}"
}
own=$(code "$port" 'exit 7')
killed=$(code "$port" 'kill -KILL $$')
timed=$(code "$port" 'timeout -s KILL 1 sleep 60')
shell=$(code "$port" 'sh -c "kill -KILL \$\$"; code=$?; exit $code')
kill "$server"
wait "$server" || :
refused=$(code "$port" 'exit 7')
server=
echo "a command that exits with 7:   $own"
echo "one that is ended by SIGKILL:  $killed"
echo "timeout -s KILL:               $timed"
echo "in a shell that outlives it:   $shell"
echo "when the server is gone:       $refused"
[ "$own/$killed/$timed/${shell%%,*}/${refused%%,*}" = '7/255/255/137/255' ]
echo "as described"
