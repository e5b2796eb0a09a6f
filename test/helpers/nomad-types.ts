import types from "../fixtures/nomad/types.json";

const published: Readonly<Record<string, Readonly<Record<string, string>>>> = types;

/** What of a value does not fit a type of Nomad's published API, as `Job.Type: expected string`; a field that it has not among it. */
export function misfits(type: string, value: unknown, place = type): string[] {
  // Go writes what is not set as null, and reads it so.
  if (value === null || type === "any") return [];
  const [, container, inner = ""] = /^(list|map) of (.*)$/.exec(type) ?? [];
  const wrong = [`${place}: expected ${type}`];
  if (container === "list") {
    return Array.isArray(value) ? value.flatMap((each, at) => misfits(inner, each, `${place}[${at}]`)) : wrong;
  }
  if (container === "map" || Object.hasOwn(published, type)) {
    if (typeof value !== "object" || Array.isArray(value)) return wrong;
    return Object.entries(value as object).flatMap(([name, each]) => {
      const expected = container === "map" ? inner : published[type]?.[name];
      return expected === undefined ? [`${place}: has no ${name}`] : misfits(expected, each, `${place}.${name}`);
    });
  }
  return fits(type, value) ? [] : wrong;
}

function fits(type: string, value: unknown): boolean {
  switch (type) {
    case "integer":
      return Number.isSafeInteger(value);
    case "bytes":
      return typeof value === "string" && Buffer.from(value, "base64").toString("base64") === value;
    default:
      return typeof value === type;
  }
}

/** The value, when it fits a type. Throws an Error that names what does not. */
export function checked<Value>(type: string, value: Value): Value {
  const found = misfits(type, value);
  if (found.length > 0) throw new Error(found.join("\n"));
  return value;
}
