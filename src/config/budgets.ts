/** What may be used: money or tokens. */
export interface Budget {
  readonly amount: number;
  readonly unit: "USD" | "tokens";
}

const scales: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };

/**
 * The budget that a text words: `5 USD`, `$0.50`, `2M tokens`, `500k`; a number alone is in the unit that is given. `undefined` when it
 * words none that is above nothing.
 */
export function budgetIn(text: string, unit?: Budget["unit"]): Budget | undefined {
  const {
    sign,
    number,
    scale = "",
    word,
  } = /^\s*(?<sign>\$)?\s*(?<number>\d+(?:\.\d+)?)\s*(?<scale>[kmg])?\s*(?<word>USD|tokens?)?\s*$/i.exec(text)
    ?.groups ?? {};
  if (number === undefined) return undefined;
  const isMoney = sign !== undefined || /^usd$/i.test(word ?? "");
  const isTokens = scale !== "" || /^tok/i.test(word ?? "");
  if (isMoney && isTokens) return undefined;
  const said = isMoney ? "USD" : unit;
  const meant = isTokens ? "tokens" : said;
  const amount = Number(number) * (scales[scale.toLowerCase()] ?? 1);
  return meant === undefined || amount <= 0 || !Number.isFinite(amount) ? undefined : { amount, unit: meant };
}

/** A budget as it is kept: `budgetIn` reads the same out of it again. */
export function exactBudget({ amount, unit }: Budget): string {
  // Sums of binary fractions have tails that mean nothing.
  return `${amount.toFixed(9).replace(/\.?0+$/, "")} ${unit}`;
}

/** A budget as it is shown: `5.00 USD`, `2M tokens`. */
export function budgetText({ amount, unit }: Budget): string {
  if (unit === "tokens") return `${tokenText(amount)} tokens`;
  // Less than a cent would be nothing.
  return `${amount < 0.01 ? Number(amount.toPrecision(2)) : amount.toFixed(2)} USD`;
}

const letters = [
  ["G", 1e9],
  ["M", 1e6],
  ["k", 1e3],
] as const;

/** A number of tokens in three digits or so: `950`, `12.3k`, `2M`. */
export function tokenText(count: number): string {
  // 999,950 would be 1000.0k.
  const [letter, scale] = letters.find(([, size]) => count >= size * 0.99995) ?? ["", 1];
  return `${Number((count / scale).toFixed(count >= scale * 100 ? 0 : 1))}${letter}`;
}
