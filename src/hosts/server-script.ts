interface ServerOptions {
  /** What `tmux -L` is given, in words of sh. */
  readonly name: string;
  /** Ten minutes without an agent end it: only where what they have left stays. */
  readonly endsUnused: boolean;
}

/**
 * A POSIX script that is the whole of a lent machine: the tmux server of the agents is started by it and not by the first agent, since what
 * a later command in there starts may end with that command. SIGTERM and SIGUSR1 end it with its agents, so that their files are whole.
 */
export function serverScript({ name, endsUnused }: ServerOptions): string {
  return `#!/bin/sh
server="tmux -L ${name}"
over() {
  trap - TERM USR1
  $server kill-server 2>/dev/null
  kill "$nap" 2>/dev/null
  exit 0
}
trap over TERM USR1
$server -D &
pid=$!
nap=
empty=0
while kill -0 "$pid" 2>/dev/null; do
  sleep 15 &
  nap=$!
  wait "$nap"
  if [ -n "$($server list-sessions 2>/dev/null)" ]; then empty=0; else empty=$((empty + ${endsUnused ? 1 : 0})); fi
  [ "$empty" -lt 40 ] || over
done
`;
}
