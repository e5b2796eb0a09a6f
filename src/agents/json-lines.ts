import { type Fields, fieldsOf } from "./fields.ts";

/** The objects among lines of JSON. A line that is still being written does not parse and is left out. */
export function* objectsIn(lines: Iterable<string>): Generator<Fields> {
  for (const line of lines) {
    const value = parse(line);
    if (typeof value === "object" && value !== null) yield fieldsOf(value);
  }
}

/** The object that a text words in JSON; an empty one when it words none. */
export function objectIn(text: string | undefined): Fields {
  return fieldsOf(parse(text ?? ""));
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
