interface Item {
  readonly text: string;
  /** When it was last another. */
  readonly at: number;
}

/** What has changed since somebody looked. */
export interface Changes<Name> {
  readonly changed: readonly (readonly [Name, string])[];
  readonly gone: readonly Name[];
}

const mostGone = 1000;

/**
 * Texts by name, each with the number of the change that made it what it is. Whoever knows the number up to which they have followed gets
 * what is different by now, however long they were away: nothing is kept for each of them, and no list of changes grows.
 */
export class Versioned<Name> {
  #seq = 0;
  #items = new Map<Name, Item>();
  readonly #gone = new Map<Name, number>();
  /** Before this change it is not known any more what has gone. */
  #known = 0;

  /** The number of the last change. */
  get seq(): number {
    return this.#seq;
  }

  /** Takes what there is now, in its order; whether anything is different. */
  update(now: ReadonlyMap<Name, string>): boolean {
    const next = this.#seq + 1;
    const items = new Map<Name, Item>();
    let changes = 0;
    for (const [name, text] of now) {
      const before = this.#items.get(name);
      if (before?.text !== text) changes += 1;
      items.set(name, before?.text === text ? before : { text, at: next });
    }
    for (const name of this.#items.keys()) {
      if (now.has(name)) continue;
      changes += 1;
      this.#gone.set(name, next);
    }
    for (const name of now.keys()) this.#gone.delete(name);
    this.#items = items;
    this.#forget();
    if (changes > 0) this.#seq = next;
    return changes > 0;
  }

  /** All that there is. */
  all(): readonly string[] {
    return [...this.#items.values()].map(({ text }) => text);
  }

  /** What is different from what somebody has who followed up to `seq`; nothing when that is not known, and they need all. */
  since(seq: number): Changes<Name> | undefined {
    if (seq < this.#known || seq > this.#seq) return undefined;
    return {
      changed: [...this.#items].flatMap(([name, { text, at }]) => (at > seq ? [[name, text] as const] : [])),
      gone: [...this.#gone].flatMap(([name, at]) => (at > seq ? [name] : [])),
    };
  }

  #forget(): void {
    for (const [name, at] of this.#gone) {
      if (this.#gone.size <= mostGone) return;
      this.#gone.delete(name);
      this.#known = at;
    }
  }
}
