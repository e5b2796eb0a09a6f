import { durationSeconds } from "./durations.ts";
import { hasForm, isFlagsLine, isVariableName, type TextForm } from "./forms.ts";
import { isTable, type RawValue } from "./toml.ts";

interface TextKind {
  readonly type: "text";
  readonly form: TextForm;
}

interface ListKind {
  readonly type: "list";
  readonly form: TextForm;
}

/** A line that is split as a shell would, or a list of words. */
interface FlagsKind {
  readonly type: "flags";
}

interface BooleanKind {
  readonly type: "boolean";
}

/** A whole number; of a duration, its seconds. */
interface AmountKind {
  readonly type: "count" | "duration";
  readonly minimum: number;
  readonly maximum: number;
}

/** US dollars for a million tokens. */
interface PriceKind {
  readonly type: "price";
}

interface ChoiceKind {
  readonly type: "choice" | "choices";
  readonly choices: readonly string[];
}

/** A table of environment variables. */
interface VariablesKind {
  readonly type: "variables";
}

/** A table of options of another program, by their long names: a text or a whole number each. */
export interface OptionsKind {
  readonly type: "options";
  /** All names that there are, where those are known. */
  readonly only?: readonly string[];
}

/** What a key may be set to. */
export type ValueKind =
  | TextKind
  | ListKind
  | FlagsKind
  | BooleanKind
  | AmountKind
  | PriceKind
  | ChoiceKind
  | VariablesKind
  | OptionsKind;

/** The kinds whose values end up as `Value`. */
export type KindOf<Value> = Value extends boolean
  ? BooleanKind
  : Value extends number
    ? AmountKind
    : Value extends string
      ? TextKind | ChoiceKind
      : ListKind | FlagsKind;

/**
 * Whether a value is one of this kind. Says the same as the schema of `schema.ts`, which is slower to load and has the words to
 * say why not.
 */
export function accepts(kind: ValueKind, value: unknown): value is RawValue {
  switch (kind.type) {
    case "text":
      return typeof value === "string" && hasForm(kind.form, value);
    case "list":
      return isTextList(value) && value.every((text) => hasForm(kind.form, text));
    case "flags":
      return typeof value === "string" ? isFlagsLine(value) : isTextList(value) && value.every(isArgument);
    case "boolean":
      return typeof value === "boolean";
    case "count":
      return typeof value === "number" && Number.isSafeInteger(value) && isWithin(kind, value);
    case "duration":
      return (typeof value === "string" || typeof value === "number") && isWithin(kind, durationSeconds(value));
    case "price":
      return typeof value === "number" && Number.isFinite(value) && value >= 0;
    case "choice":
      return typeof value === "string" && kind.choices.includes(value);
    case "choices":
      return isTextList(value) && value.every((text) => kind.choices.includes(text));
    case "variables":
      return isTable(value) && Object.entries(value).every(([name, text]) => isVariableName(name) && isArgument(text));
    case "options":
      return (
        isTable(value) && Object.entries(value).every(([name, given]) => isOptionOf(kind, name) && isOptionValue(given))
      );
  }
}

/** Whether the operating system can hand this text to a program, as an argument or as the value of a variable. */
export function isArgument(text: unknown): boolean {
  return typeof text === "string" && !text.includes("\0");
}

/** Whether a text is the long name of an option of this kind, without its dashes. */
export function isOptionOf({ only }: OptionsKind, name: string): boolean {
  return /^[a-z][a-z0-9_-]*$/.test(name) && (only === undefined || only.includes(name));
}

/** Whether a value can stand behind an option. */
export function isOptionValue(value: unknown): boolean {
  return isArgument(value) || Number.isSafeInteger(value);
}

/** Whether an amount is in the range of its kind; undefined, which is no amount, is in none. */
export function isWithin(kind: AmountKind, amount: number | undefined): boolean {
  return amount !== undefined && amount >= kind.minimum && amount <= kind.maximum;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
