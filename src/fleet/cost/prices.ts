import { type Tokens, tokenCount } from "../../agents/usage.ts";
import type { ModelPrice } from "../../config/config.ts";
import table from "./price-table.json" with { type: "text" };

/** A price in US dollars for a million tokens, or one that changes with the length of the prompt: `[5, [272000, 10]]`. */
export type ListedPrice = number | readonly (number | readonly [longerThan: number, price: number])[];

/** What a model costs. A kind of tokens without a price costs what others of the input do. */
export interface ListedPrices {
  readonly input: ListedPrice;
  readonly cacheRead?: ListedPrice;
  readonly cacheWrite?: ListedPrice;
  readonly cacheWriteHour?: ListedPrice;
  readonly output: ListedPrice;
  /** The first day on which they hold. */
  readonly from?: string;
}

/** A model in the table. */
export interface ListedModel {
  readonly provider: string;
  readonly id: string;
  /** A regular expression for its names, whatever their case. */
  readonly match: string;
  /** The later ones hold from their day on. */
  readonly prices: readonly ListedPrices[];
}

/** What `scripts/prices.ts` writes. */
export interface PriceTable {
  readonly source: string;
  readonly date: string;
  /** The lengths of prompts at which a price changes. */
  readonly steps: readonly number[];
  readonly models: readonly ListedModel[];
}

// As a text it takes a fourth of the room that it does as code. TypeScript goes by the name of the file.
const prices = JSON.parse(table as unknown as string) as PriceTable;

/** The day of the price table. */
export const priceTableDate = prices.date;

/** The package that the price table is made of, with its version. */
export const priceTableSource = prices.source;

/** Those who sell models under the names of others, at prices of their own: they must be named. */
const resellers = new Set(["aws", "azure"]);

/** What opencode calls those who sell models. */
const otherNames: Readonly<Record<string, string>> = {
  "amazon-bedrock": "aws",
  "google-vertex": "google",
  xai: "x-ai",
};

/** The prices that the user set. They come first; a model that is in neither table has no price: nothing is guessed. */
export type OwnPrices = Readonly<Record<string, Partial<ModelPrice> & Pick<ModelPrice, "input" | "output">>>;

/** The longest of the lengths at which some price changes that a prompt is longer than; 0 when it is longer than none. */
export function priceStep(promptTokens: number): number {
  return prices.steps.findLast((step) => promptTokens > step) ?? 0;
}

/** What tokens of a model cost, in US dollars; `undefined` for a model without a price. */
export function costOf(
  own: OwnPrices,
  used: {
    readonly model: string;
    readonly provider?: string;
    readonly day: string;
    readonly longerThan: number;
    readonly tokens: Tokens;
    readonly dollars?: number;
  },
): number | undefined {
  const { model, provider, day, longerThan, tokens } = used;
  if (tokenCount(tokens) === 0) return 0;
  const price = Object.hasOwn(own, model) ? ownPrices(own[model]) : listedPrices(model, provider, day);
  if (price === undefined) return used.dollars;
  const input = at(price.input, longerThan);
  const cacheWrite = at(price.cacheWrite ?? price.input, longerThan);
  const parts = [
    tokens.input * input,
    tokens.cacheRead * at(price.cacheRead ?? price.input, longerThan),
    tokens.cacheWrite * cacheWrite,
    tokens.cacheWriteHour * (price.cacheWriteHour === undefined ? cacheWrite : at(price.cacheWriteHour, longerThan)),
    tokens.output * at(price.output, longerThan),
  ];
  return parts.reduce((sum, part) => sum + part, 0) / 1_000_000;
}

/** The prices of short prompts, by the beginning of the name of a model: input, cache read, cache write for 5 minutes and an hour, output. */
export function flatPrices(
  own: OwnPrices,
  provider: string,
  day: string,
): { readonly model: string; readonly rates: readonly number[] }[] {
  const listed = prices.models.filter((model) => model.provider === provider).map(({ id }) => id);
  return [...new Set([...listed, ...Object.keys(own)])].flatMap((model) => {
    const price = Object.hasOwn(own, model) ? ownPrices(own[model]) : listedPrices(model, provider, day);
    if (price === undefined) return [];
    const { input, output, cacheRead = input, cacheWrite = input, cacheWriteHour = cacheWrite } = price;
    return [{ model, rates: [input, cacheRead, cacheWrite, cacheWriteHour, output].map((each) => at(each, 0)) }];
  });
}

function ownPrices(own: OwnPrices[string] | undefined): ListedPrices | undefined {
  if (own === undefined) return undefined;
  return {
    input: own.input,
    output: own.output,
    ...(own.cache_read === undefined ? {} : { cacheRead: own.cache_read }),
    ...(own.cache_write === undefined ? {} : { cacheWrite: own.cache_write }),
    ...(own.cache_write_1h === undefined ? {} : { cacheWriteHour: own.cache_write_1h }),
  };
}

/** A look through the table takes a while, and there are few models. */
const found = new Map<string, ListedModel | undefined>();

function listedPrices(model: string, provider: string | undefined, day: string): ListedPrices | undefined {
  const key = `${provider} ${model}`;
  if (!found.has(key)) found.set(key, listedModel(model, provider));
  return found.get(key)?.prices.findLast(({ from }) => from === undefined || from <= day);
}

function listedModel(model: string, provider: string | undefined): ListedModel | undefined {
  const named = provider === undefined ? undefined : (otherNames[provider] ?? provider);
  const sold = prices.models.filter((listed) =>
    named === undefined ? !resellers.has(listed.provider) : listed.provider === named,
  );
  return sold.find(({ match }) => new RegExp(match, "i").test(model));
}

function at(price: ListedPrice, longerThan: number): number {
  if (typeof price === "number") return price;
  const [base, ...steps] = price as readonly [number, ...(readonly [number, number])[]];
  return steps.findLast(([step]) => step <= longerThan)?.[1] ?? base;
}
