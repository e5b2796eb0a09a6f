import { tokenCount } from "../agents/usage.ts";
import { rounded, tokensAsJson } from "../api/cost.ts";
import { tokenText } from "../config/budgets.ts";
import type { Cost, CostRow, Grouping } from "../fleet/cost/report.ts";
import type { Column } from "../output/table.ts";
import { counted, oneLine } from "../output/text.ts";
import { moneyText } from "./money.ts";

/** The columns of a report by this. */
export function costColumns(by: Grouping): Column[] {
  return [
    { title: by.toUpperCase(), align: "left", least: 14 },
    { title: "AGENTS", align: "right", leaves: 3 },
    { title: "REPLIES", align: "right", leaves: 4 },
    { title: "INPUT", align: "right", leaves: 5 },
    { title: "CACHED", align: "right", leaves: 2 },
    { title: "WRITTEN", align: "right", leaves: 1 },
    { title: "OUTPUT", align: "right", leaves: 6 },
    { title: "COST", align: "right" },
  ];
}

/** The cells of a row. */
export function costCells(row: CostRow): string[] {
  const { tokens } = row;
  return [
    oneLine(row.key),
    `${row.agents}`,
    `${row.replies}`,
    tokenText(tokens.input),
    tokenText(tokens.cacheRead),
    tokenText(tokens.cacheWrite + tokens.cacheWriteHour),
    tokenText(tokens.output),
    moneyText(row),
  ];
}

/** What a person has to know of the figures above. */
export function costNotes(total: Cost, pricesDate: string): string[] {
  const notes = [`prices of the API, as published on ${pricesDate}`];
  if (total.atLeast) notes.push("+ at least: agents do not write down all, Claude Code some only at its end");
  if (total.subscription) notes.push("~ a subscription pays: this is what it would cost without");
  for (const model of total.unpriced) {
    notes.push(
      `no price is known for ${oneLine(model)}; to set it, run fleet config edit and add`,
      `    [prices.${JSON.stringify(oneLine(model))}]`,
      "    input = 1.0   # what a million tokens cost, in USD",
      "    output = 5.0",
    );
  }
  return notes;
}

/** A total in a sentence: `3 agents: 1.2M tokens, $3.40`. */
export function totalText(total: CostRow): string {
  return `${counted(total.agents, "agent")}: ${tokenText(tokenCount(total.tokens))} tokens, ${moneyText(total)}`;
}

/** The rows as lines of comma-separated values, RFC 4180, below one with the names. */
export function costCsv(rows: readonly CostRow[], by: Grouping): string[] {
  const names = [
    "agents",
    "replies",
    "input",
    "cache_read",
    "cache_write",
    "cache_write_1h",
    "output",
    "usd",
    "at_least",
  ];
  const lines = rows.map(({ key, agents, replies, tokens, dollars, atLeast }) =>
    [
      quoted(key),
      agents,
      replies,
      ...Object.values(tokensAsJson(tokens)),
      dollars === undefined ? "" : rounded(dollars),
      atLeast,
    ].join(","),
  );
  return [[by, ...names].join(","), ...lines];
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
