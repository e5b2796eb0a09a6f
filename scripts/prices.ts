/**
 * Writes what models cost, src/fleet/cost/price-table.json, from the package @pydantic/genai-prices.
 * `scripts/bun scripts/prices.ts --check` writes nothing, and fails when it is stale.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { findProvider, type MatchLogic, type ModelInfo, type ModelPrice } from "@pydantic/genai-prices";
import packageJson from "../package.json" with { type: "json" };
import type { ListedModel, ListedPrice, ListedPrices, PriceTable } from "../src/fleet/cost/prices.ts";

/** When the version was published: the package itself does not say. */
const published: Readonly<Record<string, string>> = { "0.1.8": "2026-09-23" };

/** Those that sell their own models, and those through whom agents are often pointed at them. */
const providers = ["anthropic", "openai", "google", "aws", "azure", "deepseek", "x-ai", "mistral", "moonshotai", "zai"];

const file = resolve(import.meta.dir, "../src/fleet/cost/price-table.json");

if (import.meta.main) {
  if (!process.argv.includes("--check")) writeFileSync(file, priceTableText());
  else if (readFileSync(file, "utf8") !== priceTableText()) {
    console.error("the prices are stale; to write them anew, run scripts/bun scripts/prices.ts");
    process.exitCode = 1;
  }
}

/** The table as the file should hold it: a model on each line. */
export function priceTableText(): string {
  const table = priceTable();
  const rows = table.models.map((model) => `    ${JSON.stringify(model)}`).join(",\n");
  const { models: _, ...head } = table;
  const lines = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},`);
  return `{\n${lines.join("\n")}\n  "models": [\n${rows}\n  ]\n}\n`;
}

function priceTable(): PriceTable {
  const version = packageJson.devDependencies["@pydantic/genai-prices"];
  const date = published[version];
  if (date === undefined) throw new Error(`scripts/prices.ts does not know when ${version} was published`);
  const models = providers.flatMap((id) =>
    (findProvider({ providerId: id })?.models ?? []).flatMap((model) => listed(id, model)),
  );
  const steps = new Set(models.flatMap(({ prices }) => prices.flatMap(stepsIn)));
  return {
    source: `@pydantic/genai-prices ${version}`,
    date,
    steps: [...steps].sort((a, b) => a - b),
    models,
  };
}

function listed(provider: string, model: ModelInfo): ListedModel[] {
  const prices = Array.isArray(model.prices)
    ? model.prices.flatMap(({ constraint, prices: own }) => {
        // Some cost less at night; a day has one price here, the one without a condition.
        if (constraint?.type === "time_of_date") return [];
        return [
          { ...pricesIn(own), ...(constraint === undefined ? {} : { from: constraint.start_date.slice(0, 10) }) },
        ];
      })
    : [pricesIn(model.prices)];
  const known = prices.filter(({ input, output }) => input !== undefined && output !== undefined);
  return known.length === 0
    ? []
    : [{ provider, id: model.id, match: expressionOf(model.match), prices: known as ListedPrices[] }];
}

function pricesIn(price: ModelPrice): Partial<ListedPrices> {
  const named = {
    input: price.input_mtok,
    cacheRead: price.cache_read_mtok,
    cacheWrite: price.cache_write_mtok,
    cacheWriteHour: price.cache_write_1h_mtok,
    output: price.output_mtok,
  };
  const known = Object.entries(named).flatMap(([key, value]): [string, ListedPrice][] => {
    if (value === undefined) return [];
    if (typeof value === "number") return [[key, value]];
    return [[key, [value.base, ...value.tiers.map(({ start, price: above }): [number, number] => [start, above])]]];
  });
  return Object.fromEntries(known);
}

function stepsIn({ from: _, ...prices }: ListedPrices): number[] {
  return Object.values(prices).flatMap((price) =>
    typeof price === "number" ? [] : price.slice(1).map((step) => (step as readonly [number, number])[0]),
  );
}

/** What a name has to match, as one regular expression to be used without regard to case. */
function expressionOf(match: MatchLogic): string {
  if ("or" in match) return `(?:${match.or.map(expressionOf).join("|")})`;
  if ("and" in match) return `${match.and.map((each) => `(?=${anywhere(each)})`).join("")}`;
  return anywhere(match);
}

function anywhere(match: MatchLogic): string {
  if ("equals" in match) return `^${escaped(match.equals)}$`;
  if ("starts_with" in match) return `^${escaped(match.starts_with)}`;
  if ("ends_with" in match) return `^.*${escaped(match.ends_with)}$`;
  if ("contains" in match) return `^.*${escaped(match.contains)}`;
  if ("regex" in match) return `^(?=.*?(?:${match.regex}))`;
  return expressionOf(match);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
