import type * as z from "zod/mini";
import { toJSONSchema } from "zod/mini";

type Schema = Readonly<Record<string, unknown>>;

/** The fields of an input, each as JSON Schema has it. */
export function fieldsOf(input: z.ZodMiniType): Readonly<Record<string, Schema>> {
  const { properties = {} } = toJSONSchema(input, { io: "input" }) as { readonly properties?: Record<string, Schema> };
  return properties;
}

/**
 * The input that query parameters stand for: a list by repeating its name, true and false, numbers. What is none of these stays the text
 * that it is, for the shape of the input to refuse.
 */
export function inputOfQuery(parameters: URLSearchParams, fields: Readonly<Record<string, Schema>>): object {
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => [
      name,
      readValue(parameters.getAll(name), Object.hasOwn(fields, name) ? fields[name] : undefined),
    ]),
  );
}

function readValue(texts: readonly string[], field: Schema | undefined): unknown {
  if (field?.type === "array") return texts;
  const [text = ""] = texts;
  if (texts.length > 1) return texts;
  const isNumber = field?.type === "integer" || field?.type === "number";
  if (isNumber && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (field?.type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  return text;
}
