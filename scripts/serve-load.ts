/**
 * What `fleet serve` costs: many agents, many who look. `scripts/serve-load [AGENTS] [FOLLOWERS] [SECONDS]`, by default 300, 50 and 300 s in
 * all, of which the first half nothing happens and in the second half twenty agents print a megabyte a second together. Says of each aim
 * whether it was met, and exits with 1 when one was not.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtFleet as fleet, openPlace } from "./benchmark/place.ts";

const [agents = 300, followers = 50, seconds = 300] = process.argv.slice(2).map(Number);
const streaming = 20;
const ticksPerSecond = 100;

await using place = await openPlace(new AbortController().signal);
const repository = await prepare();
for (let made = 0; made < agents; made += 50) {
  await place.run(
    [fleet, "fanout", `${Math.min(50, agents - made)}`, `still${made}`, "--agent", "still", "-p", "x"],
    repository,
  );
}
await place.run([fleet, "fanout", `${streaming}`, "loud", "--agent", "loud", "-p", "x"], repository);

const server = place.spawn([fleet, "serve", "--port", "0"], repository);
const reader = server.stdout.getReader();
const said = new TextDecoder().decode((await reader.read()).value);
const url = /http:\S+(?=\/#)/.exec(said)?.[0] ?? "";
const token = readFileSync(join(place.fleetHome, "serve", "token"), "utf8").trim();

const looking = place.spawn(
  [process.execPath, join(import.meta.dir, "benchmark/followers.ts"), url, token, `${followers}`],
  repository,
);
await Bun.sleep(5000);
const lists = await times(20, () => place.run([fleet, "list", "-A", "--json"], repository));
const gets = await times(100, async () => {
  const answered = await fetch(`${url}/api/v1/agents`, { headers: { Authorization: `Bearer ${token}` } });
  await answered.text();
});
const quiet = await during(seconds / 2);
const entries = JSON.parse(readFileSync(join(place.fleetHome, "state.json"), "utf8")) as {
  id: string;
  branch: string;
}[];
looking.stdin.write(
  `${JSON.stringify({ follow: entries.filter(({ branch }) => branch.startsWith("loud")).map(({ id }) => id) })}\n`,
);
looking.stdin.flush();
writeFileSync(join(place.root, "loud"), "");
await Bun.sleep(2000);
const loud = await during(seconds / 2);
looking.stdin.end();
const seen = JSON.parse(await looking.stdout.text()) as Seen;
server.kill("SIGTERM");

console.log(`agents ${agents} + ${streaming}, followers ${followers}, ${seconds} s`);
console.log(`GET /api/v1/agents  median ${gets.median} ms  p99 ${gets.p99} ms, ${followers} following`);
console.log(`fleet list --json   median ${lists.median} ms  p99 ${lists.p99} ms`);
console.log(`nothing changes     ${described(quiet)}`);
console.log(`1 MB/s printed      ${described(loud)}`);
console.log(`seen                ${JSON.stringify(seen)}`);
console.log("");
const aims: readonly (readonly [string, string, boolean])[] = [
  ["CPU when nothing changes under 15 % of a core", `${quiet.own} %`, quiet.own < 15],
  [`CPU with ${streaming} terminals at 1 MB/s in all under 60 %`, `${loud.own} %`, loud.own < 60],
  ["p99 of GET /agents at most twice fleet list --json", `${round(gets.p99 / lists.p99)} x`, gets.p99 <= 2 * lists.p99],
  ["memory grows by at most 5 % while nothing changes", `${growth(quiet)} %`, growth(quiet) <= 5],
  ["memory grows by at most 5 % while 1 MB/s is printed", `${growth(loud)} %`, growth(loud) <= 5],
  ["nobody lost a change or a connection", `${seen.gaps} and ${seen.closed}`, nothingLost()],
];
for (const [aim, measured, met] of aims) console.log(`${met ? "met    " : "NOT MET"} ${aim.padEnd(52)} ${measured}`);
if (aims.some(([, , met]) => !met)) process.exitCode = 1;

/** Everybody was told all agents once, and from then on every change on top of the one before. */
function nothingLost(): boolean {
  return seen.connected === followers && seen.snapshots === followers && seen.gaps === 0 && seen.closed === 0;
}

/** By how many percent its memory is more at the end than at the beginning; negative when it is less. */
function growth({ megabytes: [first, last] }: Cost): number {
  return round((last / first - 1) * 100);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

async function prepare(): Promise<string> {
  const path = join(place.root, "repository");
  const still = join(place.root, "still.sh");
  const loudScript = join(place.root, "loud.sh");
  const chunk = join(place.root, "chunk");
  mkdirSync(place.fleetHome, { recursive: true });
  writeFileSync(still, "printf 'line %s\\n' 1 2 3 4 5; exec sleep 1000000\n");
  writeFileSync(
    chunk,
    Array.from({ length: 50 }, (_, line) => `${line} ${"\u001b[3".concat(`${line % 8}m`)}${"x".repeat(90)}\n`).join(""),
  );
  writeFileSync(
    loudScript,
    `while :; do while [ ! -e '${place.root}/loud' ]; do sleep 1; done; cat '${chunk}'; date +%N; sleep 0.1; done\n`,
  );
  const table = (name: string, script: string) =>
    `[agents.${name}]\ncommand = "/bin/sh"\nflags = ["${script}"]\nprompt = "argument"\n`;
  writeFileSync(join(place.fleetHome, "config.toml"), table("still", still) + table("loud", loudScript));
  await place.run(["git", "init", "-q", path]);
  writeFileSync(join(path, "README.md"), "# load\n");
  await place.run(["git", "add", "."], path);
  await place.run(["git", "commit", "-qm", "one"], path);
  return path;
}

function described({ own, all, megabytes: [first, last] }: Cost): string {
  return `${own} % of a core, with its git and tmux ${all} %; memory ${first} MB at first, ${last} MB at last`;
}

/** What the followers count, as far as it is looked at here. */
interface Seen {
  readonly connected: number;
  readonly snapshots: number;
  readonly gaps: number;
  readonly closed: number;
}

interface Sample {
  readonly own: number;
  readonly all: number;
  readonly megabytes: number;
}

/** CPU seconds of the server and of what it has run, and its memory (proc_pid_stat(5)). */
function sample(): Sample {
  const stat = readFileSync(`/proc/${server.pid}/stat`, "latin1");
  const fields = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
  const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "latin1"))?.[1]);
  return {
    own: (user + system) / ticksPerSecond,
    all: (user + system + childUser + childSystem) / ticksPerSecond,
    megabytes: kilobytes / 1000,
  };
}

interface Cost {
  readonly own: number;
  readonly all: number;
  /** The mean of the first and of the last minute, or fifth of the time where that is less. */
  readonly megabytes: readonly [number, number];
}

async function during(length: number): Promise<Cost> {
  const before = sample();
  const memory: number[] = [];
  for (let second = 0; second < length; second += 1) {
    await Bun.sleep(1000);
    memory.push(sample().megabytes);
  }
  const after = sample();
  const percent = (used: number) => Math.round((used / length) * 1000) / 10;
  const part = length >= 120 ? 60 : Math.max(1, Math.floor(memory.length / 5));
  return {
    own: percent(after.own - before.own),
    all: percent(after.all - before.all),
    megabytes: [mean(memory.slice(0, part)), mean(memory.slice(-part))],
  };
}

function mean(numbers: readonly number[]): number {
  return Math.round((numbers.reduce((sum, number) => sum + number, 0) / numbers.length) * 10) / 10;
}

async function times(
  count: number,
  body: () => Promise<unknown>,
): Promise<{ readonly median: number; readonly p99: number }> {
  const taken: number[] = [];
  for (let round = 0; round < count; round += 1) {
    const begun = performance.now();
    await body();
    taken.push(performance.now() - begun);
  }
  taken.sort((one, other) => one - other);
  const at = (share: number) => Math.round((taken[Math.min(count - 1, Math.floor(count * share))] ?? 0) * 10) / 10;
  return { median: at(0.5), p99: at(0.99) };
}
