import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** The compiled program of this checkout. */
export const builtFleet = resolve(import.meta.dir, "../../dist/fleet");

const gitConfig = `[user]
	name = bench
	email = bench@localhost
[init]
	defaultBranch = main
[gc]
	auto = 0
[maintenance]
	auto = false
`;

const farewellMilliseconds = 5000;
/** How long agents that have just started, and the file system, get to come to rest. `fleet list` also needs 100 ms between looks. */
const restMilliseconds = 120;

/** What a process has cost. */
export interface Spent {
  readonly milliseconds: number;
  /** Processor time of it and of what it waited for: other work on the machine makes less of a difference to that than to the time that passes. */
  readonly processorMilliseconds: number;
}

/** A home, a tmux server and repositories for measuring. All of it, and nothing else, is gone when it is disposed of. */
export class Place {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "ai-fleet-bench.")));
  readonly socket = join(this.root, "tmux.sock");
  readonly home = join(this.root, "home");
  /** The program that is measured. */
  readonly fleet: string;
  /** Where `fleet` keeps what it knows. */
  readonly fleetHome = join(this.home, ".ai_fleet");
  readonly #interrupted: AbortSignal;
  readonly #deferred: (() => Promise<void>)[] = [];
  readonly #environment: Record<string, string> = {
    PATH: process.env.PATH ?? "",
    HOME: this.home,
    SHELL: "/bin/sh",
    LC_ALL: "C.UTF-8",
    TMPDIR: this.root,
    TMUX_TMPDIR: this.root,
    AI_FLEET_TMUX_SOCKET: this.socket,
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_CONFIG_GLOBAL: join(this.root, "gitconfig"),
  };

  constructor(interrupted: AbortSignal, fleet: string) {
    this.#interrupted = interrupted;
    this.fleet = fleet;
    mkdirSync(this.home);
    writeFileSync(join(this.root, "gitconfig"), gitConfig);
  }

  /** Runs a program to its end and returns what it printed. Throws when it fails, and when the user has had enough. */
  async run(argv: readonly string[], directory = this.root): Promise<string> {
    const child = Bun.spawn([...argv], { cwd: directory, env: this.#environment, stdin: "ignore", stderr: "pipe" });
    const [exitCode, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
    this.#check(argv, exitCode, stderr);
    return stdout;
  }

  /** Runs a program to its end and returns what that took. Throws as `run` does. */
  async time(argv: readonly string[], directory = this.root): Promise<Spent> {
    const begun = performance.now();
    const child = Bun.spawn([...argv], {
      cwd: directory,
      env: this.#environment,
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    const exitCode = await child.exited;
    const milliseconds = performance.now() - begun;
    this.#check(argv, exitCode, await child.stderr.text());
    const microseconds = child.resourceUsage()?.cpuTime.total ?? Number.NaN;
    return { milliseconds, processorMilliseconds: Number(microseconds) / 1000 };
  }

  /** Starts a program that goes on beside what follows. Whoever starts it ends it. */
  spawn(argv: readonly string[], directory = this.root): Bun.Subprocess<"pipe", "pipe", "inherit"> {
    return Bun.spawn([...argv], { cwd: directory, env: this.#environment, stdin: "pipe", stderr: "inherit" });
  }

  /** The same for one that nobody speaks with. */
  spawnAlone(argv: readonly string[], directory = this.root): Bun.Subprocess<"ignore", "ignore", "ignore"> {
    const nobody = { stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const;
    return Bun.spawn([...argv], { cwd: directory, env: this.#environment, ...nobody });
  }

  /** Gives all that is run from now on these variables. */
  export(variables: Readonly<Record<string, string>>): void {
    Object.assign(this.#environment, variables);
  }

  /** Does something before this place is gone. */
  defer(farewell: () => Promise<void>): void {
    this.#deferred.push(farewell);
  }

  /** Waits until nothing of what was run before disturbs what is run next. */
  async rest(): Promise<void> {
    await Bun.sleep(restMilliseconds);
    while (this.#isDeleting()) {
      this.#interrupted.throwIfAborted();
      await Bun.sleep(10);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const farewell of this.#deferred) await farewell();
    const processes = this.#paneProcesses();
    this.#tmux("kill-server");
    const deadline = performance.now() + farewellMilliseconds;
    while ((processes.some(isAlive) || this.#isDeleting()) && performance.now() < deadline) await Bun.sleep(10);
    rmSync(this.root, { recursive: true, force: true, maxRetries: 10 });
  }

  #check(argv: readonly string[], exitCode: number, stderr: string): void {
    this.#interrupted.throwIfAborted();
    if (exitCode !== 0) throw new Error(`${argv.join(" ")}: exit code ${exitCode}\n${stderr}`);
  }

  /** `fleet kill` renames a worktree away and leaves its files to a process that nobody waits for. */
  #isDeleting(): boolean {
    try {
      return readdirSync(join(this.fleetHome, "worktrees/.trash")).length > 0;
    } catch {
      return false;
    }
  }

  #paneProcesses(): number[] {
    return this.#tmux("list-panes", "-a", "-F", "#{pane_pid}").split("\n").filter(Boolean).map(Number);
  }

  #tmux(...words: readonly string[]): string {
    const { stdout } = Bun.spawnSync(["tmux", "-S", this.socket, ...words], { env: this.#environment });
    return stdout.toString();
  }
}

/** Makes a place for a program, whose tmux server runs, as it does for somebody who uses tmux. */
export async function openPlace(interrupted: AbortSignal, fleet = builtFleet): Promise<Place> {
  const place = new Place(interrupted, fleet);
  await place.run(["tmux", "-S", place.socket, "-f", "/dev/null", "new-session", "-d", "-s", "somebody", "cat"]);
  return place;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
