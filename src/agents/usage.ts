import type { Fields } from "./fields.ts";

/** Tokens as their prices tell them apart: each token is in one of these, and those that a model thinks with are in `output`. */
export interface Tokens {
  /** Read by the model, and not from a cache. */
  readonly input: number;
  readonly cacheRead: number;
  /** Written to a cache that keeps them for five minutes, or for a time that has no price of its own. */
  readonly cacheWrite: number;
  readonly cacheWriteHour: number;
  readonly output: number;
}

/** One answer of a model, as it is paid for. */
export interface Reply {
  /** Its own, wherever the agent writes of this answer: what is written twice is paid for once. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly model: string;
  /** Whose prices hold, where the name of the model does not say it. */
  readonly provider?: string;
  readonly tokens: Tokens;
}

/** What a whole session has used so far, answers that are written nowhere else included. */
export interface SessionTotal {
  readonly at: number;
  readonly models: Readonly<Record<string, Tokens>>;
  /** What the agent itself says these have cost, in US dollars, of those models whose price it knows. */
  readonly dollars?: Readonly<Record<string, number>>;
}

/** How much of what an account may use in a span of time is used. */
export interface QuotaWindow {
  readonly minutes: number;
  readonly usedPercent: number;
  /** Milliseconds since 1970. */
  readonly resetsAt: number;
}

/** What an agent was told last of its account. */
export interface Quota {
  readonly at: number;
  readonly windows: readonly QuotaWindow[];
  /** The name of a subscription; absent when the agent does not know of one. */
  readonly plan?: string;
}

/** What the rows of a file have said so far that later rows need. It is kept between two looks, so it is plain JSON. */
export interface FileContext {
  readonly model?: string;
  /** When the last answer in it was. */
  readonly at?: number;
  /** It is of another worktree. */
  readonly foreign?: boolean;
}

/** What one row of a file of an agent says of what it has used. */
export interface RowUsage {
  readonly context?: FileContext;
  readonly reply?: Reply;
  readonly total?: SessionTotal;
  readonly quota?: Quota;
}

/** A file that an agent appends rows to. */
export interface UsageFile {
  readonly path: string;
  /** The conversation that it belongs to, that of an agent of the agent included. */
  readonly session: string;
  /** Only agents of the agent write here. */
  readonly inner?: boolean;
}

/**
 * Whether an agent writes down every answer: always; only when a session ends, with its total; or never those to questions of its own,
 * such as what the title of a conversation is.
 */
type Completeness = "always" | "at the end" | "never";

/** How usage is found that an agent appends to files, a JSON object on each line. */
export interface FileUsage<Place> {
  readonly kind: "files";
  readonly complete: Completeness;
  /** Whether the user is logged in with a subscription, which costs the same whatever is used. Absent where nothing tells. */
  subscription?(place: Place): boolean;
  /** No other rows say anything than those in which one of these texts stands. */
  readonly marks: readonly string[];
  files(place: Place): readonly UsageFile[];
  read(row: Fields, context: FileContext, place: Place, file: UsageFile): RowUsage;
}

/** How usage is found that an agent keeps in a database. */
export interface DatabaseUsage<Place> {
  readonly kind: "database";
  readonly complete: Completeness;
  /** Whether the user is logged in with a subscription, which costs the same whatever is used. Absent where nothing tells. */
  subscription?(place: Place): boolean;
  /** The files that change when the database does. */
  files(place: Place): readonly string[];
  /** The answers since the agent was started. */
  replies(place: Place): readonly Reply[];
}

/** How usage is found, of an agent whose own record of its work is in a place. */
export type UsageSource<Place> = FileUsage<Place> | DatabaseUsage<Place>;

export const noTokens: Tokens = { input: 0, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0, output: 0 };

/** The sum of what two answers, or two sums, have used. */
export function addTokens(a: Tokens, b: Tokens): Tokens {
  return {
    input: a.input + b.input,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    cacheWriteHour: a.cacheWriteHour + b.cacheWriteHour,
    output: a.output + b.output,
  };
}

/** What is in the first and not in the second; never below nothing. */
export function tokensBeyond(a: Tokens, b: Tokens): Tokens {
  return {
    input: Math.max(0, a.input - b.input),
    cacheRead: Math.max(0, a.cacheRead - b.cacheRead),
    cacheWrite: Math.max(0, a.cacheWrite - b.cacheWrite),
    cacheWriteHour: Math.max(0, a.cacheWriteHour - b.cacheWriteHour),
    output: Math.max(0, a.output - b.output),
  };
}

/** How many they are, of all kinds. */
export function tokenCount({ input, cacheRead, cacheWrite, cacheWriteHour, output }: Tokens): number {
  return input + cacheRead + cacheWrite + cacheWriteHour + output;
}

/** A count that a row holds; nothing when it holds none that is one. */
export function countOf(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
