/**
 * Does something again and again while somebody needs it, one at a time: `work` returns after how many milliseconds. It begins at once, and
 * never throws.
 */
export class Repeat {
  readonly #work: () => Promise<number>;
  #timer: Timer | undefined;
  #running = false;
  #wanted = false;
  #soon: number | undefined;

  constructor(work: () => Promise<number>) {
    this.#work = work;
  }

  /** Begins, unless it runs already. */
  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    if (!this.#running) this.#schedule(0);
  }

  /** Ends after what is being done now. */
  stop(): void {
    this.#wanted = false;
    clearTimeout(this.#timer);
  }

  /** Does it the next time no later than in so many milliseconds. */
  hurry(milliseconds: number): void {
    if (!this.#wanted) return;
    this.#soon = Math.min(this.#soon ?? milliseconds, milliseconds);
    if (!this.#running) this.#schedule(this.#soon);
  }

  #schedule(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#once(), milliseconds);
  }

  async #once(): Promise<void> {
    this.#running = true;
    this.#soon = undefined;
    const pause = await this.#work();
    this.#running = false;
    if (this.#wanted) this.#schedule(Math.min(pause, this.#soon ?? pause));
  }
}
