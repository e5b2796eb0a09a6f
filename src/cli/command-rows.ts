import type { FleetCommand } from "../commands/definition.ts";

/** The headings of the help, in the order a user meets them. */
export const groups = ["Start", "Watch", "Steer", "Review", "End", "Setup"] as const;

interface Row {
  /** As typed after `fleet`, with that of its parent: `config show`. */
  readonly name: string;
  /** Other last words of the name. */
  readonly aliases: readonly string[];
  readonly group: (typeof groups)[number];
  /** What it does, in the imperative; lower case, no full stop. */
  readonly summary: string;
  /** For the completion scripts: in no help, never suggested. */
  readonly hidden?: boolean;
}

/** A command that runs. Its definition is loaded when it is needed, for the others cost start-up time. */
export interface LeafRow extends Row {
  readonly load: () => Promise<{ readonly default: FleetCommand }>;
}

/** A name that only has sub-commands. */
export interface FamilyRow extends Row {
  readonly children: CommandTable;
}

export type CommandRow = LeafRow | FamilyRow;

/** Rows by the last word of their name. It has no prototype, so that `fleet constructor` is unknown. */
export type CommandTable = Readonly<Record<string, CommandRow>>;

/** The row that `word` names, by name or alias. */
export function findRow(rows: CommandTable, word: string): CommandRow | undefined {
  return rows[word] ?? Object.values(rows).find((row) => row.aliases.includes(word));
}

/** The rows that the help shows, in its order. */
export function visibleRows(rows: CommandTable): CommandRow[] {
  return Object.values(rows).filter((row) => row.hidden !== true);
}

/** The commands that run, sub-commands in the place of their parent, without the hidden ones. */
export function visibleLeaves(rows: CommandTable): LeafRow[] {
  return visibleRows(rows).flatMap((row) => ("children" in row ? visibleLeaves(row.children) : [row]));
}

/** `show` of `config show`. */
export function lastWord(row: CommandRow): string {
  return row.name.slice(row.name.lastIndexOf(" ") + 1);
}

/** The full names: `list`, `ls`, `ps`. */
export function namesOf(row: CommandRow): string[] {
  const parent = row.name.slice(0, -lastWord(row).length);
  return [row.name, ...row.aliases.map((alias) => parent + alias)];
}

/** A table of these rows. */
export function tableOf(rows: readonly CommandRow[]): CommandTable {
  const byWord: Record<string, CommandRow> = Object.create(null);
  for (const row of rows) byWord[lastWord(row)] = row;
  return byWord;
}
