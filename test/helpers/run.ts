import { expect } from "bun:test";
import { scrub } from "./scrub.ts";

/** `undefined` is no variable. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of the sandbox; `undefined` takes a variable out of it. */
  readonly env?: Environment;
  /** What the program reads on stdin. Without it stdin is /dev/null. */
  readonly input?: string | Uint8Array;
  /** When to give up on the program: it is killed and the test fails. 60 s. */
  readonly timeoutMs?: number;
}

export interface Expected {
  /** 0, or nothing with a `signal`. */
  readonly code?: number;
  /** The signal that ended the program. */
  readonly signal?: NodeJS.Signals;
  /** Scrubbed (see scrub.ts) and complete. Nothing, unless given. */
  readonly stdout?: string | RegExp;
  readonly stderr?: string | RegExp;
}

/** The place a program runs in. */
interface Surroundings {
  readonly root: string;
  readonly cwd: string;
  readonly env: Environment;
}

/** How a program ended and all that it wrote. */
export class Result {
  readonly command: string;
  /** `null` when a signal ended the program. */
  readonly code: number | null;
  /** A number only for a signal that has no name. */
  readonly signal: NodeJS.Signals | number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly #root: string;

  constructor(result: Pick<Result, "command" | "code" | "signal" | "stdout" | "stderr">, root: string) {
    this.command = result.command;
    this.code = result.code;
    this.signal = result.signal;
    this.stdout = result.stdout;
    this.stderr = result.stderr;
    this.#root = root;
  }

  /** Compares everything at once, exactly, after scrubbing. What is not mentioned must be success and silence. */
  expect({ code, signal, stdout = "", stderr = "" }: Expected = {}): this {
    const { command } = this;
    expect({
      command,
      code: this.code,
      signal: this.signal,
      stdout: scrub(this.stdout, { root: this.#root }),
      stderr: scrub(this.stderr, { root: this.#root }),
    }).toEqual({
      command,
      code: code ?? (signal ? null : 0),
      signal: signal ?? null,
      stdout: pattern(stdout),
      stderr: pattern(stderr),
    });
    return this;
  }
}

function pattern(text: string | RegExp): string {
  return typeof text === "string" ? text : expect.stringMatching(text);
}

/** A result to come: `await` it, or say at once what to expect of it. */
export interface PendingResult extends Promise<Result> {
  expect(expected?: Expected): Promise<Result>;
}

/** A program that runs without a terminal, the leader of a session of its own. */
export class Program {
  readonly #command: string;
  readonly #root: string;
  readonly #process: Bun.Subprocess<"ignore" | Uint8Array, "pipe", "pipe">;
  readonly #outputEnd: Promise<unknown>;
  #stdout = "";
  #stderr = "";

  constructor(argv: readonly string[], { root, cwd, env }: Surroundings, input?: string | Uint8Array) {
    this.#command = argv.join(" ");
    this.#root = root;
    this.#process = Bun.spawn([...argv], {
      cwd,
      env,
      detached: true,
      stdin: typeof input === "string" ? new TextEncoder().encode(input) : (input ?? "ignore"),
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#outputEnd = Promise.all([
      readText(this.#process.stdout, (text) => {
        this.#stdout += text;
      }),
      readText(this.#process.stderr, (text) => {
        this.#stderr += text;
      }),
    ]);
  }

  get pid(): number {
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** What it has written so far. */
  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Sends a signal to the program alone, as `kill PID` does. */
  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Sends a signal to the program and what it started in its process group, as a terminal does on Ctrl-C or when it closes. */
  signalGroup(name: NodeJS.Signals): void {
    process.kill(-this.pid, name);
  }

  /** Waits for the end of the program and of its output. */
  ended(timeoutMs = 60_000): PendingResult {
    const result = this.#end(timeoutMs);
    return Object.assign(result, { expect: async (expected?: Expected) => (await result).expect(expected) });
  }

  async #end(timeoutMs: number): Promise<Result> {
    const timeout = Promise.withResolvers<never>();
    const timer = setTimeout(() => timeout.reject(new Error(this.#hanging(timeoutMs))), timeoutMs);
    try {
      await Promise.race([Promise.all([this.#process.exited, this.#outputEnd]), timeout.promise]);
    } catch (error) {
      if (this.running) this.signalGroup("SIGKILL");
      throw error;
    } finally {
      clearTimeout(timer);
    }
    const { exitCode: code, signalCode: signal } = this.#process;
    return new Result({ command: this.#command, code, signal, stdout: this.#stdout, stderr: this.#stderr }, this.#root);
  }

  #hanging(timeoutMs: number): string {
    const state = this.running ? "still runs" : "has ended, but a process it started holds its output open,";
    return `${this.#command} ${state} after ${timeoutMs} ms\nstdout: ${this.#stdout}\nstderr: ${this.#stderr}`;
  }
}

async function readText(stream: ReadableStream<Uint8Array>, append: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for await (const chunk of stream) append(decoder.decode(chunk, { stream: true }));
  append(decoder.decode());
}

/**
 * What a tool (git, tmux) says on stdout, without the last line end.
 *
 * @throws with what it says on stderr when it fails.
 */
export async function output(argv: readonly string[], cwd: string, env: Environment): Promise<string> {
  const { code, stdout, stderr, command } = await new Program(argv, { root: cwd, cwd, env }).ended();
  if (code !== 0) throw new Error(`${command}: ${stderr.trim() || `exit code ${code}`}`);
  return stdout.replace(/\n$/, "");
}
