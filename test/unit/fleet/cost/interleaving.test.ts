import { expect, test } from "bun:test";
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { generator } from "../../../helpers/agreement.ts";
import { filesIn } from "../../../helpers/samples.ts";
import { claudeRow, session, UsageHome } from "./usage-home.ts";

const seed = Number(process.env.USAGE_SEED ?? 20_261_128);
const rounds = 40;

type File = readonly [session: string, inner?: string];

const files: readonly File[] = [[session], [session, "a1"], ["22222222-2222-4222-8222-222222222222"]];

test(`whatever is written between the looks, an answer counts once (USAGE_SEED=${seed})`, () => {
  for (let round = 0; round < rounds; round += 1) {
    const writer = new Writer(seed + round);
    for (let step = 0; step < 60; step += 1) writer.step(step);
    expect({ round, output: writer.found() }).toEqual({ round, output: writer.sent() });
  }
});

/** An agent that writes one answer after another, some of them half, while others look. */
class Writer {
  readonly #home = new UsageHome("claude");
  readonly #random: () => number;
  readonly #outputs = new Map<string, number>();
  /** What is yet to be written of a last line. */
  readonly #rests = new Map<File, string>();

  constructor(start: number) {
    this.#random = generator(start);
  }

  /** An answer comes again, as it was or with more, or a new one is given; then somebody looks, or something happens. */
  step(seconds: number): void {
    const file = files[this.#below(files.length)] as File;
    const isOld = this.#below(3) === 0;
    const id = `msg_${isOld ? this.#below(this.#outputs.size + 1) : this.#outputs.size}`;
    const output = (this.#outputs.get(id) ?? 1) + this.#below(50);
    this.#outputs.set(id, output);
    this.#write(file, `${JSON.stringify(claudeRow(id, seconds, { output }))}\n`);
    const event = this.#below(12);
    if (event < 4) this.#home.look();
    if (event === 4) this.#rotate(file);
    if (event === 5) rmSync(filesIn(this.#home.home).usage, { force: true });
  }

  /** What is found when all is written. */
  found(): number {
    for (const file of files) this.#home.claude([this.#rests.get(file) ?? ""], ...file);
    return this.#home.tokens().output;
  }

  sent(): number {
    return [...this.#outputs.values()].reduce((sum, output) => sum + output, 0);
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #write(file: File, text: string): void {
    const whole = (this.#rests.get(file) ?? "") + text;
    const cut = this.#below(3) === 0 ? this.#below(whole.length) : whole.length;
    this.#home.claude([whole.slice(0, cut)], ...file);
    this.#rests.set(file, whole.slice(cut));
  }

  /** The file gets another name when it has been read, and a new one takes its place. */
  #rotate(file: File): void {
    if (this.#rests.get(file) !== "") return;
    this.#home.look();
    const [id, inner] = file;
    const folder = join(this.#home.home, ".claude/projects/-home-me--ai-fleet-worktrees-fix-42");
    const path = join(folder, inner === undefined ? `${id}.jsonl` : `${id}/subagents/agent-${inner}.jsonl`);
    renameSync(path, `${path}.1`);
  }
}
