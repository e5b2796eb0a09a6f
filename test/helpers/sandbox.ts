import { onTestFinished } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { endAbandonedSandboxes, ownerFile, sandboxPrefix } from "./abandoned.ts";
import { killProcesses, type Process, processesIn, withoutTrees } from "./processes.ts";
import { builtProgram } from "./program.ts";
import { createRepository, type Repository } from "./repository.ts";
import { type PendingResult, Program, type RunOptions } from "./run.ts";
import { openTerminal, type Terminal, type TerminalOptions } from "./terminal.ts";
import { TmuxServer } from "./tmux.ts";
import { eventually } from "./wait.ts";

const systemPath = ["/usr/bin", "/bin"];

const gitConfig = `[user]
	name = Fleet Test
	email = test@example.com
[init]
	defaultBranch = main
[gc]
	auto = 0
[maintenance]
	auto = false
`;

interface SandboxOptions {
  /** Runs as `fleet` and `flt`. The compiled program, unless given. */
  readonly program?: string;
  /** How long processes may take to end by themselves after a hangup. 20 s. */
  readonly farewellMs?: number;
}

interface RepositoryOptions {
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * A user's world of its own for one test: home, temporary files, git configuration, tmux server, programs.
 *
 * ```ts
 * test("an empty fleet is listed", async () => {
 *   await using box = await sandbox();
 *   const { path } = await box.repository();
 *   await box.fleet(["list", "--json"], { cwd: path }).expect({ stdout: '{"version":1,"agents":[]}\n' });
 * });
 * ```
 *
 * It ends with the test: its programs, terminals and tmux servers are ended, its files removed, and a process that survives
 * all this fails the test.
 */
export async function sandbox({ program, farewellMs = 20_000 }: SandboxOptions = {}): Promise<Sandbox> {
  endAbandonedSandboxes();
  const box = new Sandbox(farewellMs);
  box.provide(program ?? builtProgram(), "fleet");
  box.provide(program ?? builtProgram(), "flt");
  return box;
}

export class Sandbox {
  /** A short path without symbolic links, so that sockets of tmux fit into their 107 bytes. */
  readonly root = realpathSync(mkdtempSync(sandboxPrefix));
  readonly home = this.#folder("home");
  /** First in PATH. */
  readonly bin = this.#folder("bin");
  readonly temporary = this.#folder("tmp");
  /** The whole environment of every program. A test may change it for all that follows. */
  readonly env: Record<string, string> = {
    PATH: [this.bin, ...systemPath].join(":"),
    HOME: this.home,
    USER: "tester",
    SHELL: "/bin/sh",
    TMPDIR: this.temporary,
    TMUX_TMPDIR: this.#folder("tmux"),
    AI_FLEET_TMUX_SOCKET: basename(this.root),
    TZ: "UTC",
    LC_ALL: "C.UTF-8",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_CONFIG_GLOBAL: join(this.root, "gitconfig"),
    GIT_AUTHOR_DATE: "2025-01-01T00:00:00Z",
    GIT_COMMITTER_DATE: "2025-01-01T00:00:00Z",
  };
  /** The server that `fleet` uses here. */
  readonly tmux = new TmuxServer(join(this.#socketFolder, basename(this.root)), this.env);

  readonly #programs: Program[] = [];
  /** The servers behind the terminals. */
  readonly #terminals: TmuxServer[] = [];
  #survivors: Promise<readonly Process[]> | undefined;
  /**
   * An error thrown while disposing hides the error that the test failed with, so it is thrown after the test. Bun has no such
   * moment for a concurrent test.
   */
  readonly #complainsLater = afterTest(() => this.#end());

  readonly #farewellMs: number;

  constructor(farewellMs: number) {
    this.#farewellMs = farewellMs;
    writeFileSync(join(this.root, ownerFile), `${process.pid}`);
    writeFileSync(join(this.root, "gitconfig"), gitConfig);
    for (const tool of ["git", "tmux"]) this.#provideTool(tool);
  }

  /** Runs `fleet` without a terminal, to its end. */
  fleet(args: readonly string[], options?: RunOptions): PendingResult {
    return this.run(["fleet", ...args], options);
  }

  /** The same program under its short name. */
  flt(args: readonly string[], options?: RunOptions): PendingResult {
    return this.run(["flt", ...args], options);
  }

  /** Starts `fleet` without a terminal and lets it run. */
  start(args: readonly string[], options?: Omit<RunOptions, "timeoutMs">): Program {
    return this.#launch(["fleet", ...args], options);
  }

  /** Starts any program without a terminal and lets it run, until the end of the test if need be. */
  program(argv: readonly string[], options?: Omit<RunOptions, "timeoutMs">): Program {
    return this.#launch(argv, options);
  }

  /** Runs any program without a terminal, to its end. It starts at home unless `cwd` is given. */
  run(argv: readonly string[], options: RunOptions = {}): PendingResult {
    return this.#launch(argv, options).ended(options.timeoutMs);
  }

  /** Runs any program on a terminal of its own. It starts at home unless `cwd` is given. */
  terminal(argv: readonly string[], options: TerminalOptions = {}): Promise<Terminal> {
    const { cwd = this.home, env = {}, columns = 80, rows = 24 } = options;
    const socket = join(this.#folder("terminals"), `${this.#terminals.length}`);
    const server = new TmuxServer(socket, { ...this.env, ...env });
    this.#terminals.push(server);
    return openTerminal(server, argv, { cwd, columns, rows });
  }

  /** A git repository with one commit, in `~/code`. */
  repository(
    name = "project",
    { files = { "README.md": "# Project\n" } }: RepositoryOptions = {},
  ): Promise<Repository> {
    return createRepository(join(this.home, "code", name), this.env, files);
  }

  /** Puts a script into PATH, such as one that plays an agent. */
  executable(name: string, script: string): string {
    const path = join(this.bin, name);
    rmSync(path, { force: true }); // Else it would be written through a link.
    writeFileSync(path, script);
    chmodSync(path, 0o755);
    return path;
  }

  /** Puts an existing program into PATH under a name. */
  provide(program: string, name: string): void {
    symlinkSync(program, join(this.bin, name));
  }

  /** Every tmux server that was started here, but those of terminals: also one that `fleet` was not asked to use. */
  tmuxServers(): TmuxServer[] {
    return entries(this.#socketFolder).map((name) => new TmuxServer(join(this.#socketFolder, name), this.env));
  }

  /** The processes that run here, but those that belong to `start`, `run` and `terminal` themselves. */
  async processes(): Promise<Process[]> {
    const programs = this.#programs.filter((program) => program.running).map((program) => program.pid);
    const terminals = await Promise.all(this.#terminals.map((server) => server.pid()));
    return withoutTrees(processesIn(this.root), [...programs, ...terminals.flat()]);
  }

  /** Waits until nothing runs here any more: a tmux server, say, ends a moment after its last session. */
  async untilNothingRuns(): Promise<void> {
    const nothing = async () => {
      const left = (await this.processes()).map(({ pid, command }) => `${pid} ${command}`);
      if (left.length > 0) throw new Error(left.join("\n"));
      return true;
    };
    await eventually(nothing, { what: "all processes to end" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#complainsLater) await this.#endOnce();
    else await this.#end();
  }

  /** Throws when processes outlived the sandbox. */
  async #end(): Promise<void> {
    const survivors = await this.#endOnce();
    if (survivors.length === 0) return;
    const names = survivors.map(({ pid, command }) => `  ${pid} ${command}`);
    throw new Error(["these processes outlived the test and had to be killed:", ...names].join("\n"));
  }

  #endOnce(): Promise<readonly Process[]> {
    this.#survivors ??= this.#endEverything();
    return this.#survivors;
  }

  /** Returns the processes that had to be killed. */
  async #endEverything(): Promise<readonly Process[]> {
    for (const program of this.#programs) if (program.running) program.signalGroup("SIGKILL");
    for (const server of [...this.tmuxServers(), ...this.#terminals]) await server.kill().catch(() => undefined);
    const survivors = await this.#survivorsOfFarewell();
    killProcesses(survivors);
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
    return survivors;
  }

  async #survivorsOfFarewell(): Promise<readonly Process[]> {
    let processes: readonly Process[] = [];
    const none = () => {
      processes = processesIn(this.root);
      return processes.length === 0;
    };
    await eventually(none, { what: "all processes to end", timeoutMs: this.#farewellMs }).catch(() => undefined);
    return processes;
  }

  #launch(argv: readonly string[], { cwd = this.home, env = {}, input }: RunOptions = {}): Program {
    const program = new Program(argv, { root: this.root, cwd, env: { ...this.env, ...env } }, input);
    this.#programs.push(program);
    return program;
  }

  #provideTool(name: string): void {
    if (Bun.which(name, { PATH: systemPath.join(":") })) return;
    const elsewhere = Bun.which(name);
    if (!elsewhere) throw new Error(`the tests need ${name}`);
    this.provide(elsewhere, name);
  }

  #folder(name: string): string {
    const path = join(this.root, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  get #socketFolder(): string {
    return join(this.root, "tmux", `tmux-${process.getuid?.() ?? 0}`);
  }
}

function afterTest(action: () => Promise<void>): boolean {
  try {
    onTestFinished(action);
    return true;
  } catch {
    return false;
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Nothing was started yet.
  }
}
