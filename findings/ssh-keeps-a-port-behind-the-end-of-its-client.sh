#!/usr/bin/env bash
# ssh -N -L PORT:... forwards a port for as long as it runs. Where connections are shared (ControlMaster and ControlPersist in the
# configuration of the user), it hands the port to the master and exits at once with code 0: a program that watches it takes the forward
# for ended, and one that ends it afterwards ends nothing. The port is held by the master, until ControlPersist is over or
# ssh -O cancel -L names it again. The same holds for -L beside a command. Seen with OpenSSH, version 9.2.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { ssh -F "$folder/shared" -O exit node 2>/dev/null; kill "$server"; } || :; rm -rf "$folder"' EXIT
ssh -V 2>&1
ssh-keygen -q -t ed25519 -N '' -f "$folder/host"
ssh-keygen -q -t ed25519 -N '' -f "$folder/user"
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
port=$(free_port)
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
listens() { if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then echo open; else echo closed; fi; }
until [ "$(listens "$port")" = open ]; do sleep 0.1; done

cat >"$folder/plain" <<CONFIG
Host node
  HostName 127.0.0.1
  Port $port
  IdentityFile $folder/user
  StrictHostKeyChecking no
  UserKnownHostsFile $folder/known
  LogLevel ERROR
CONFIG
cp "$folder/plain" "$folder/shared"
printf '  ControlMaster auto\n  ControlPath %s/socket\n  ControlPersist 60\n' "$folder" >>"$folder/shared"

first=$(free_port) second=$(free_port)
ssh -F "$folder/plain" -N -L "127.0.0.1:$first:127.0.0.1:$port" node &
client=$!
until [ "$(listens "$first")" = open ]; do sleep 0.1; done
kill "$client"
wait "$client" || :
plain=$(listens "$first")

ssh -F "$folder/shared" node true
code=0
timeout 30 ssh -F "$folder/shared" -N -L "127.0.0.1:$second:127.0.0.1:$port" node || code=$?
shared=$(listens "$second")
ssh -F "$folder/shared" -O cancel -L "127.0.0.1:$second:127.0.0.1:$port" node 2>/dev/null
cancelled=$(listens "$second")
echo "alone, ended with kill:       the port is $plain"
echo "over a shared connection:     ssh -N exits by itself with code $code, the port is $shared"
echo "behind ssh -O cancel:         the port is $cancelled"
[ "$plain $code $shared $cancelled" = 'closed 0 open closed' ]
echo "as described"
