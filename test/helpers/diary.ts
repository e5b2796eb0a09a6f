import type { Result } from "./run.ts";

/** A command of one of several users, from its start to its end in milliseconds since the diary began. */
interface Entry {
  readonly worker: number;
  readonly command: string;
  readonly from: number;
  readonly to: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * What several users of one home did at the same time, and what they were told: a failure can say which commands met, since
 * nobody can make such a meeting again.
 */
export class Diary {
  readonly #begin = performance.now();
  readonly #entries: Entry[] = [];

  /** Waits for a command and writes down how it went. A command that does not end throws, with what else ran by then. */
  async write(worker: number, args: readonly string[], pending: Promise<Result>): Promise<void> {
    const from = this.#now();
    const { code, signal, stdout, stderr } = await pending.catch((error: Error) => {
      throw new Error([error.message, "beside it:", ...this.#between(from, this.#now()).map(line)].join("\n"));
    });
    this.#entries.push({ worker, command: args.join(" "), from, to: this.#now(), code, signal, stdout, stderr });
  }

  /** The commands that ended with a bug of ours or by a signal, each with the whole of what it said and what ran beside it. */
  bugs(): string[] {
    const bugs = this.#entries.filter(({ code }) => code === 70 || code === null);
    return bugs.map((bug) => {
      const beside = this.#between(bug.from, bug.to).filter((entry) => entry !== bug);
      return [line(bug), bug.stdout, bug.stderr, "beside it:", ...beside.map(line)].join("\n");
    });
  }

  /** The last commands that speak of an agent, a branch, or a path that `text` names. */
  about(text: string): string {
    const names = text.match(/\b(?:w\d+t\d+(?:-A\d+)?|shared|[0-9a-f]{8})\b/g) ?? [];
    const speaks = ({ command, stdout, stderr }: Entry) =>
      names.some((name) => [command, stdout, stderr].some((said) => said.includes(name)));
    const last = this.#entries.filter(speaks).slice(-12);
    return ["commands that name it:", ...last.map(line)].join("\n");
  }

  #between(from: number, to: number): Entry[] {
    return this.#entries.filter((entry) => entry.to >= from && entry.from <= to);
  }

  #now(): number {
    return Math.round(performance.now() - this.#begin);
  }
}

function line({ worker, command, from, to, code, signal, stderr }: Entry): string {
  const said = stderr.trim().split("\n").join("\n      ");
  return `  ${from}-${to} ms, user ${worker}: ${command} -> ${signal ?? code}${said === "" ? "" : `\n      ${said}`}`;
}
