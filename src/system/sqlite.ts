import type { Database } from "bun:sqlite";
import { exists } from "./files.ts";

/**
 * The rows that a query finds in a database which another program may be writing to; none when there is no such file, and
 * `undefined` when it cannot be read or is made in another way. Nothing is written.
 */
export function queryDatabase(
  path: string,
  sql: string,
  values: readonly (string | number)[],
): Readonly<Record<string, unknown>>[] | undefined {
  if (!exists(path)) return [];
  let database: Database | undefined;
  try {
    database = openReadOnly(path);
    return database.query<Record<string, unknown>, (string | number)[]>(sql).all(...values);
  } catch (error) {
    if (error instanceof Error && error.name === "SQLiteError") return undefined;
    throw error;
  } finally {
    database?.close();
  }
}

/** SQLite is loaded by those who need it: that costs two milliseconds. */
function openReadOnly(path: string): Database {
  const sqlite = require("bun:sqlite") as typeof import("bun:sqlite");
  return new sqlite.Database(path, { readonly: true });
}
