import { addTokens, noTokens, type Tokens, tokenCount, tokensBeyond } from "../../agents/usage.ts";
import type { KnownUsage } from "./records.ts";

/** What was used of one model on one day, at one price. */
export interface UsageGroup {
  /** `2026-11-28`, where the user is. */
  readonly day: string;
  readonly agent: string;
  readonly model: string;
  readonly provider?: string;
  /** The prompts were longer than this: some models cost more then. */
  readonly longerThan: number;
  readonly replies: number;
  readonly tokens: Tokens;
  /** What the agent itself says it has cost, in US dollars, for a model that nobody else has a price for. */
  readonly dollars?: number;
}

/**
 * Adds up answers by day, model and price. What a session says it has used beyond all its answers is added to the day of the last one,
 * but for a session that began as a copy of another.
 */
export function totalsOf(
  known: KnownUsage,
  since: number,
  priceStep: (promptTokens: number) => number,
): readonly UsageGroup[] {
  const groups = new Map<string, UsageGroup>();
  const add = (group: UsageGroup) => {
    const isSaid = group.dollars !== undefined;
    const key = JSON.stringify([group.day, group.agent, group.model, group.provider, group.longerThan, isSaid]);
    const before = groups.get(key);
    const { replies = 0, tokens = noTokens, dollars = 0 } = before ?? {};
    groups.set(key, {
      ...group,
      replies: replies + group.replies,
      tokens: addTokens(tokens, group.tokens),
      ...(group.dollars === undefined ? {} : { dollars: dollars + group.dollars }),
    });
  };
  for (const { at, agent, model, provider, tokens } of known.replies.values()) {
    if (at < since) continue;
    const longerThan = priceStep(tokenCount(tokens) - tokens.output);
    add({
      day: dayOf(at),
      agent,
      model,
      ...(provider === undefined ? {} : { provider }),
      longerThan,
      replies: 1,
      tokens,
    });
  }
  for (const { at, ...used } of unlisted(known)) {
    if (at >= since) add({ day: dayOf(at), longerThan: 0, replies: 0, ...used });
  }
  return [...groups.values()];
}

/** Whether every session has told its total after its last answer. */
export function isWhole(known: KnownUsage): boolean {
  const sessions = new Set([...known.replies.values()].map(({ agent, session }) => `${agent} ${session}`));
  return [...sessions].every((key) => {
    const total = known.totals.get(key);
    return (
      total !== undefined && !known.forks.has(key) && firstAfter(known, key, total.at) === Number.POSITIVE_INFINITY
    );
  });
}

interface Unlisted {
  readonly agent: string;
  readonly model: string;
  readonly at: number;
  readonly tokens: Tokens;
  readonly dollars?: number;
}

/** What sessions have used beyond the answers they have written down: titles, compactions, answers that were cut off. */
function unlisted(known: KnownUsage): Unlisted[] {
  return [...known.totals].flatMap(([key, { agent, at, models, dollars }]): Unlisted[] => {
    if (known.forks.has(key)) return [];
    const end = firstAfter(known, key, at);
    const listed = new Map<string, Tokens>();
    for (const reply of known.replies.values()) {
      if (`${reply.agent} ${reply.session}` !== key || reply.at >= end) continue;
      listed.set(reply.model, addTokens(listed.get(reply.model) ?? noTokens, reply.tokens));
    }
    return Object.entries(models)
      .map(([model, total]) => ({
        agent,
        model,
        at,
        tokens: tokensBeyond(total, listed.get(model) ?? noTokens),
        // Of a model that gave other answers, too, it is not known what these have cost.
        ...(listed.has(model) || dollars?.[model] === undefined ? {} : { dollars: dollars[model] }),
      }))
      .filter(({ tokens }) => tokenCount(tokens) > 0);
  });
}

/** When the session went on after a total: its agents' agents may answer later than it did last, and are in the total. */
function firstAfter(known: KnownUsage, key: string, at: number): number {
  let first = Number.POSITIVE_INFINITY;
  for (const reply of known.replies.values()) {
    if (`${reply.agent} ${reply.session}` === key && reply.inner !== true && reply.at > at) {
      first = Math.min(first, reply.at);
    }
  }
  return first;
}

/** The day of a moment, where the user is. */
export function dayOf(at: number): string {
  const date = new Date(at);
  return [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
}

function two(number: number): string {
  return `${number}`.padStart(2, "0");
}
