import { parse, stringify } from "smol-toml";

/** A value as the configuration file has it. */
export type RawValue = string | number | boolean | readonly string[] | Readonly<Record<string, string | number>>;

/** The tables and values of a TOML text. Throws smol-toml's `TomlError`. */
export function parseToml(text: string): Readonly<Record<string, unknown>> {
  // A table named `__proto__` must not become the prototype of what we look names up in.
  return parse(text, { unsafeKeyBehaviour: "throw" });
}

/** A line of TOML that sets a key, which must be one that needs no quotes. */
export function tomlLine(key: string, value: RawValue): string {
  return `${key} = ${valueText(value)}`;
}

/** Whether a parsed value is a table; smol-toml's dates are objects too. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function valueText(value: RawValue): string {
  if (isTextList(value)) return `[${value.map(valueText).join(", ")}]`;
  if (typeof value === "object") {
    const pairs = Object.entries(value).map(([name, text]) => tomlLine(name, text));
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }
  // Between single quotes nothing has to be escaped.
  if (typeof value === "string" && /^[^'\p{Cc}]*"[^'\p{Cc}]*$/u.test(value)) return `'${value}'`;
  return stringify({ value }).replace("value = ", "").trim();
}

/** `Array.isArray` does not narrow read-only arrays. */
function isTextList(value: RawValue): value is readonly string[] {
  return Array.isArray(value);
}
