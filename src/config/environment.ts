import { type SettingName, settingNames, settings, variableOf } from "./keys.ts";
import type { ValueKind } from "./kinds.ts";
import type { Environment } from "./paths.ts";
import { parseToml } from "./toml.ts";

/** A setting that an environment variable overrides. The value has yet to be checked. */
export interface Override {
  readonly name: SettingName;
  readonly variable: string;
  readonly value: unknown;
}

/** The settings that the environment overrides. A variable that is set but empty counts: it means an empty text or list. */
export function overrides(environment: Environment): readonly Override[] {
  const found: Override[] = [];
  for (const name of settingNames) {
    const variable = variableOf(name);
    const text = environment[variable];
    if (text !== undefined) found.push({ name, variable, value: valueMeant(settings[name].kind, text) });
  }
  return found;
}

const booleans = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** The value that a text means for a kind; the text itself where it means none, so that it is refused as what the user wrote. */
function valueMeant(kind: ValueKind, text: string): unknown {
  switch (kind.type) {
    case "boolean":
      return booleans.get(text.trim()) ?? text;
    case "count":
      return /^\s*\d+\s*$/.test(text) ? Number(text) : text;
    case "duration":
      return text.trim();
    case "list":
      return isArrayText(text) ? arrayOf(text) : items(text, kind.form === "command" ? /\n/ : /[\n,]/);
    case "flags":
      return isArrayText(text) ? arrayOf(text) : text;
    default:
      return text;
  }
}

function items(text: string, separator: RegExp): readonly string[] {
  return text
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function isArrayText(text: string): boolean {
  return text.trimStart().startsWith("[");
}

/** JSON is tried first: it has escapes that TOML lacks. */
function arrayOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return tomlArray(text);
  }
}

function tomlArray(text: string): unknown {
  try {
    const { value, ...rest } = parseToml(`value = ${text}`);
    return Object.keys(rest).length === 0 ? value : text;
  } catch {
    return text;
  }
}
