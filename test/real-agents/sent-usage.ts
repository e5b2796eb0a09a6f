/** What an answer says it has used: each token is in one of these but `reasoning`, which is part of `output`. */
export interface SentUsage {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWriteHour: number;
  readonly output: number;
  readonly reasoning: number;
}

/** Usage that no other answer of a server has, about 100 tokens in and 10 out. */
export function usageOfAnswer(number: number): SentUsage {
  return {
    input: 100 + number,
    cacheRead: 1000 + 3 * number,
    cacheWrite: 20 + number,
    cacheWriteHour: 7 + 2 * number,
    output: 10 + number,
    reasoning: 2,
  };
}
