import type { Role } from "../tokens.ts";

/** What a client is sent through; as of Bun's sockets. */
export interface Sink {
  send(text: string): number;
  getBufferedAmount(): number;
  close(code?: number, reason?: string): void;
}

/** What somebody follows, and how far they have been told. */
interface Following {
  /** The number of the last change they know; nothing before they were told anything. */
  told: number | undefined;
  /** They have been told something, if only that nothing has changed. */
  begun: boolean;
  /** How many times something was not sent to them because they did not read. */
  missed: number;
}

/** Something that is followed, as a feed has it. */
export interface Source {
  /** The number of its last change; nothing when there is nothing to tell. */
  readonly seq: number | undefined;
  messageSince(seq: number | undefined): string | undefined;
}

/** What may wait for a client that does not read: with one more message, all that is kept for it. */
const mostBuffered = 256_000;
const mostTerminals = 16;

/** Somebody who follows events. One that does not read is sent nothing more until it has read what there is, and then only what is true by then. */
export class Client {
  readonly role: Role;
  readonly #sink: Sink;
  #agents: Following | undefined;
  readonly #terminals = new Map<string, Following>();
  /** What was typed comes in its order. */
  #typing: Promise<void> = Promise.resolve();
  #typingNow = 0;

  constructor(role: Role, sink: Sink) {
    this.role = role;
    this.#sink = sink;
  }

  get terminals(): readonly string[] {
    return [...this.#terminals.keys()];
  }

  get followsAgents(): boolean {
    return this.#agents !== undefined;
  }

  follows(terminal: string): boolean {
    return this.#terminals.has(terminal);
  }

  /** Begins to follow all agents, of which it knows up to a change. */
  followAgents(told: number | undefined): void {
    this.#agents = { told, begun: false, missed: 0 };
  }

  leaveAgents(): void {
    this.#agents = undefined;
  }

  /** Begins to follow a terminal; whether it may follow one more. */
  followTerminal(id: string): boolean {
    if (this.#terminals.size >= mostTerminals) return false;
    this.#terminals.set(id, { told: undefined, begun: false, missed: 0 });
    return true;
  }

  leaveTerminal(id: string): boolean {
    return this.#terminals.delete(id);
  }

  /** Says something that is said once: it is small, and said even to one that does not read, unless there is too much of it. */
  say(message: Readonly<Record<string, unknown>>): void {
    if (this.#sink.getBufferedAmount() <= 2 * mostBuffered) this.#sink.send(JSON.stringify(message));
  }

  /** Says what is new of the agents. */
  tellAgents(source: Source): void {
    if (this.#agents !== undefined) this.#tell(this.#agents, source);
  }

  /** Says what is new of a terminal. */
  tellTerminal(id: string, source: Source): void {
    const following = this.#terminals.get(id);
    if (following !== undefined) this.#tell(following, source);
  }

  /** Says that a terminal has ended; when it is back, it is shown whole. */
  endTerminal(id: string, reason: string): void {
    const following = this.#terminals.get(id);
    if (following === undefined) return;
    following.told = undefined;
    this.say({ type: "terminal-ended", id, reason });
  }

  /** Does something for this client after what it asked for before; whether not too much waits already. */
  inOrder(work: () => Promise<void>): boolean {
    if (this.#typingNow > 100) return false;
    this.#typingNow += 1;
    this.#typing = this.#typing.then(work).finally(() => {
      this.#typingNow -= 1;
    });
    return true;
  }

  close(code: number, reason: string): void {
    this.#sink.close(code, reason);
  }

  #tell(following: Following, source: Source): void {
    const { seq } = source;
    if (seq === undefined || (following.begun && seq === following.told)) return;
    if (this.#sink.getBufferedAmount() > mostBuffered) {
      following.missed += 1;
      return;
    }
    const message = source.messageSince(following.told);
    if (message === undefined) return;
    if (following.missed > 0) this.say({ type: "behind", dropped: following.missed });
    following.missed = 0;
    following.told = seq;
    following.begun = true;
    this.#sink.send(message);
  }
}
