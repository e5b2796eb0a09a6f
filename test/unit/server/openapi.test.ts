import { expect, test } from "bun:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { operations } from "../../../src/api/table.ts";
import { openApi } from "../../../src/server/openapi.ts";

const description = await openApi("1.2.3");
const paths = description.paths as Readonly<Record<string, Readonly<Record<string, unknown>>>>;

test("the description of the server is OpenAPI 3.1 by a public validator", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(description));
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  expect(validator.version).toBe("3.1");
});

test("every operation is in it, and what changes something only as a POST", () => {
  const methods = Object.entries(operations).map(([name, { changes }]) => [
    name,
    Object.keys(paths[`/api/v1/${name}`] ?? {}),
    changes ? ["post"] : ["get", "post"],
  ]);
  for (const [name, there, wanted] of methods) expect([name, there]).toEqual([name, wanted] as never);
});

test("every operation in it has a name of its own", () => {
  const ids = Object.values(paths).flatMap((methods) =>
    Object.values(methods).flatMap((method) => (method as { readonly operationId?: string }).operationId ?? []),
  );
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});
