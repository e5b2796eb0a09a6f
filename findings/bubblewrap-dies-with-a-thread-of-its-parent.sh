#!/usr/bin/env bash
# bwrap --die-with-parent ends the sandbox when "bwrap's parent dies". Its parent is the thread that started it, not the process, since
# Linux sends the signal of PR_SET_PDEATHSIG at the end of a thread. Where a pool of threads starts sandboxes side by side, all of them are
# ended with SIGKILL when the pool is done, while the program that started them goes on and takes that for a crash of each agent. Started
# from the main thread they live. Seen with bubblewrap 0.8.0 and Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
bwrap --version
python3 --version

cat >"$folder/start.py" <<'PYTHON'
import subprocess
from concurrent.futures import ThreadPoolExecutor
agent = ["bwrap", "--ro-bind", "/", "/", "--die-with-parent", "sh", "-c", "echo started; exec sleep 60"]
def start(_):
    child = subprocess.Popen(agent, stdout=subprocess.PIPE)
    child.stdout.readline()
    return child
of_main = start(0)
with ThreadPoolExecutor() as pool:
    of_pool = list(pool.map(start, range(2)))
    in_time = [child.poll() for child in of_pool]
codes = [child.wait() for child in of_pool]
print(f"while the pool lives {in_time}, behind it {codes}, from the main thread {of_main.poll()}")
of_main.kill()
of_main.wait()
PYTHON
said=$(timeout 30 python3 "$folder/start.py")
echo "codes of sandboxes (None is at work): $said"
[ "$said" = 'while the pool lives [None, None], behind it [-9, -9], from the main thread None' ]
echo "as described"
