import { type Reply, type SessionTotal, type Tokens, tokenCount } from "../../agents/usage.ts";

/** An answer, as it is kept. */
interface KeptReply extends Reply {
  readonly kind: "reply";
  /** The agent CLI that it is of: another may have taken over. */
  readonly agent: string;
  readonly session: string;
  readonly inner?: boolean;
}

/** What a session that said so had used in all. */
interface KeptTotal extends SessionTotal {
  readonly kind: "total";
  readonly agent: string;
  readonly session: string;
}

/** A session that began with answers of another, so that its total holds theirs too. */
interface KeptFork {
  readonly kind: "fork";
  readonly agent: string;
  readonly session: string;
}

export type UsageRecord = KeptReply | KeptTotal | KeptFork;

/** What is known of the answers of one agent. */
export interface KnownUsage {
  /** By CLI and id. */
  readonly replies: ReadonlyMap<string, KeptReply>;
  /** By CLI and session. */
  readonly totals: ReadonlyMap<string, KeptTotal>;
  readonly forks: ReadonlySet<string>;
}

/** Collects records, and says which of them tell something new. An answer counts once: with the most tokens that any row says of it. */
export class Collection implements KnownUsage {
  readonly replies = new Map<string, KeptReply>();
  readonly totals = new Map<string, KeptTotal>();
  readonly forks = new Set<string>();

  /** Whether the record tells something new. */
  add(record: UsageRecord): boolean {
    const session = `${record.agent} ${record.session}`;
    if (record.kind === "total") {
      if (Bun.deepEquals(this.totals.get(session), record)) return false;
      this.totals.set(session, record);
      return true;
    }
    if (record.kind === "fork") {
      if (this.forks.has(session)) return false;
      this.forks.add(session);
      return true;
    }
    const key = `${record.agent} ${record.id}`;
    const known = this.replies.get(key);
    if (known !== undefined && tokenCount(known.tokens) >= tokenCount(record.tokens)) return false;
    // It stays where it was found first: there it was paid for.
    this.replies.set(key, known === undefined ? record : { ...record, at: known.at, session: known.session });
    return true;
  }

  /** Whether an answer is known from another session. */
  isOfAnotherSession({ agent, id, session }: KeptReply): boolean {
    const known = this.replies.get(`${agent} ${id}`);
    return known !== undefined && known.session !== session;
  }
}

const tokenKinds = ["input", "cacheRead", "cacheWrite", "cacheWriteHour", "output"] as const satisfies (keyof Tokens)[];

/** A record as one line of text. */
export function recordLine(record: UsageRecord): string {
  if (record.kind !== "reply") return JSON.stringify(record);
  return JSON.stringify({ ...record, tokens: tokenKinds.map((kind) => record.tokens[kind]) });
}

/** The record that an object of such a line words; `undefined` when it words none. */
export function recordIn(value: unknown): UsageRecord | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { kind, agent, session, at, id, model, tokens, models } = value as Record<string, unknown>;
  if (typeof agent !== "string" || typeof session !== "string") return undefined;
  if (kind === "fork") return { kind, agent, session };
  if (typeof at !== "number") return undefined;
  if (kind === "total" && typeof models === "object" && models !== null) return value as KeptTotal;
  if (kind !== "reply" || typeof id !== "string" || typeof model !== "string" || !Array.isArray(tokens))
    return undefined;
  const counts = tokenKinds.map((name, index) => [name, Number(tokens[index]) || 0]);
  return { ...(value as KeptReply), tokens: Object.fromEntries(counts) as unknown as Tokens };
}
