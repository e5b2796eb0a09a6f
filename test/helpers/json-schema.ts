import Ajv, { type ValidateFunction } from "ajv";

/** To compile one takes a second. */
const compiled = new WeakMap<object, ValidateFunction>();

/** What is wrong with a value by a JSON schema of draft 7 or earlier; nothing when it fits. */
export function schemaProblems(schema: object, value: unknown): string[] {
  const validate = compiled.get(schema) ?? compile(schema);
  compiled.set(schema, validate);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

function compile(schema: object): ValidateFunction {
  const { $schema: _, ...rest } = schema as { readonly $schema?: string };
  return new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(rest);
}
