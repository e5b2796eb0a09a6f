import { type Fields, fieldsOf } from "./fields.ts";

/** The objects among lines of JSON, the last first. A line that is still being written does not parse and is left out. */
export function* objectsFromEnd(lines: readonly string[]): Generator<Fields> {
  for (const line of lines.toReversed()) {
    const value = parse(line);
    if (typeof value === "object" && value !== null) yield fieldsOf(value);
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
