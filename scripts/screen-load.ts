/**
 * What the screen of `fleet` costs with many agents: `scripts/bun scripts/screen-load.ts [AGENTS] [SECONDS]`, by default 300 and 60, half
 * of them with the list alone and half with what one has said below it. The agents are shells that sleep.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtFleet as fleet, openPlace } from "./benchmark/place.ts";
import { processorShare } from "./benchmark/processor-share.ts";

const [agents = 300, seconds = 60] = process.argv.slice(2).map(Number);
const batchSize = 50;
const patienceMilliseconds = 60_000;
/** The first looks find out what each agent has changed, eight worktrees at a time. */
const settlingMilliseconds = 15_000;

const interrupted = new AbortController();
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) process.on(signal, () => interrupted.abort());
await using place = await openPlace(interrupted.signal);
place.export({ TERM: "screen-256color" });
const repository = await prepare();
for (let made = 0; made < agents; made += batchSize) {
  const count = `${Math.min(batchSize, agents - made)}`;
  await place.run([fleet, "fanout", count, `still${made}`, "--agent", "still", "-p", "x"], repository);
}
await place.run([fleet, "list", "-A", "--fresh"], repository);

await tmux("new-session", "-d", "-s", "screen", "-x", "120", "-y", "40", "env", fleet);
await shows(`${agents} agents`);
const pid = Number(await tmux("display-message", "-p", "-t", "=screen:", "#{pane_pid}"));
await Bun.sleep(settlingMilliseconds);
const list = await processorShare(pid, seconds / 2);
await tmux("send-keys", "-t", "=screen:", "l");
await shows("what it said");
const preview = await processorShare(pid, seconds / 2);
const moved = await times(50, async (round) => {
  const [key, row] = round % 2 === 0 ? ["j", 2] : ["k", 1];
  await tmux("send-keys", "-t", "=screen:", key);
  while (!(await lines())[row]?.startsWith(">")) await Bun.sleep(1);
});
console.log(`agents              ${agents}, ${seconds} s`);
console.log(`the list            ${list} % of a core, with its git and tmux`);
console.log(`with the preview    ${preview} %`);
console.log(`a key to its effect ${moved} ms at the median, through tmux`);
console.log(`memory              ${memory()} MB`);

function tmux(...words: readonly string[]): Promise<string> {
  return place.run(["tmux", "-u", "-S", place.socket, ...words], repository);
}

async function lines(): Promise<string[]> {
  return (await tmux("capture-pane", "-p", "-t", "=screen:")).split("\n");
}

async function shows(text: string): Promise<void> {
  const deadline = performance.now() + patienceMilliseconds;
  while (!(await lines()).join("\n").includes(text)) {
    interrupted.signal.throwIfAborted();
    if (performance.now() > deadline) throw new Error(`the screen does not show ${text}`);
    await Bun.sleep(50);
  }
}

async function prepare(): Promise<string> {
  const path = join(place.root, "repository");
  const still = join(place.root, "still.sh");
  mkdirSync(place.fleetHome, { recursive: true });
  writeFileSync(still, "printf 'line %s\\n' 1 2 3 4 5; exec sleep 1000000\n");
  const table = `[agents.still]\ncommand = "/bin/sh"\nflags = ["${still}"]\nprompt = "argument"\n`;
  writeFileSync(join(place.fleetHome, "config.toml"), table);
  await place.run(["git", "init", "-q", path]);
  writeFileSync(join(path, "README.md"), "# load\n");
  await place.run(["git", "add", "."], path);
  await place.run(["git", "commit", "-qm", "one"], path);
  return path;
}

function memory(): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) / 1000);
}

async function times(count: number, body: (round: number) => Promise<void>): Promise<number> {
  const taken: number[] = [];
  for (let round = 0; round < count; round += 1) {
    const begun = performance.now();
    await body(round);
    taken.push(performance.now() - begun);
  }
  return Math.round(taken.sort((one, other) => one - other)[Math.floor(count / 2)] ?? 0);
}
