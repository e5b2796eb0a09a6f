import { broughtKeys, repositoryKeys } from "./document.ts";
import type { Key } from "./key.ts";
import { settings } from "./keys.ts";
import { nearest } from "./nearest.ts";
import { agentKeys, hostKeys, notifyKeys, priceKeys, ruleKeys, webhookKeys } from "./table-keys.ts";
import { tomlLine } from "./toml.ts";
import { tableHeading } from "./wording.ts";

/** How many names make up the heading of a table: `[agents.NAME]`, `[notify]`. */
const headingLengths = new Map([
  ["agents", 2],
  ["hosts", 2],
  ["repo", 2],
  ["notify", 1],
  ["prices", 2],
  ["webhooks", 1],
]);

/** The way to a value: names of tables and keys, and positions in lists. */
export type Path = readonly (string | number)[];

/** Names a place in the configuration for a reader: `item 2 of flags in [agents.aider]`. */
export function keyLabel(path: Path): string {
  const { table, inside } = divided(path);
  const [name, ...deeper] = inside;
  if (name === undefined) return tableHeading(table);
  const parts = deeper.map((part) => `${typeof part === "number" ? `item ${part + 1}` : part} of `);
  return `${parts.join("")}${name}${table.length === 0 ? "" : ` in ${tableHeading(table)}`}`;
}

/** A line that would be right for the key at this path. */
export function exampleFor(path: Path): string | undefined {
  const { table, inside } = divided(path);
  const name = String(inside[0]);
  const keys = keysOf(table);
  const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
  return key === undefined ? undefined : `for example: ${tomlLine(name, key.example)}`;
}

/** What the writer of a key that does not exist there probably meant. */
export function unknownKeyHint(table: readonly string[], name: string): string | undefined {
  if (table.length > 0 && Object.hasOwn(settings, name)) {
    return "it belongs to the whole file: move it above the first [table]";
  }
  const known = [...Object.keys(keysOf(table)), ...(table.length === 0 ? headingLengths.keys() : [])];
  const meant = nearest(name, known);
  if (meant !== undefined) return `did you mean ${JSON.stringify(meant)}?`;
  return table.length === 0 ? undefined : `known there: ${known.join(", ")}`;
}

/** What the writer of a key that a repository's own file may not hold probably meant. */
export function strangeKeyHint(name: string): string {
  const known = Object.keys(broughtKeys());
  if (Object.hasOwn(settings, name) || headingLengths.has(name)) return "only a user's own config.toml may have it";
  const meant = nearest(name, known);
  return meant === undefined ? `known are ${known.join(", ")}` : `did you mean ${JSON.stringify(meant)}?`;
}

/** A line that would be right for this key of a repository's own file. */
export function broughtExample(name: string): string | undefined {
  const keys = broughtKeys();
  const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
  return key === undefined ? undefined : `for example: ${tomlLine(name, key.example)}`;
}

function keysOf(table: readonly string[]): Readonly<Record<string, Key>> {
  switch (table[0]) {
    case "agents":
      return agentKeys;
    case "hosts":
      return hostKeys;
    case "repo":
      return repositoryKeys();
    case "notify":
      return notifyKeys;
    case "prices":
      return priceKeys;
    case "webhooks":
      return table[1] === "rules" ? ruleKeys : webhookKeys;
    default:
      return settings;
  }
}

/** The table that a path leads to, and what it names inside. */
function divided(path: Path): { readonly table: readonly string[]; readonly inside: Path } {
  if (path[0] === "webhooks" && path[1] === "rules" && path.length > 2) {
    return { table: ["webhooks", "rules"], inside: path.slice(3) };
  }
  const depth = headingLengths.get(String(path[0])) ?? 0;
  return { table: path.slice(0, depth).map(String), inside: path.slice(depth) };
}
