import * as z from "zod/mini";
import { apiVersion } from "../model/api-version.ts";
import { request } from "../model/wire/calls.ts";
import { operations } from "./table.ts";

/** The JSON Schema (draft 2020-12) of what can be called: of a line to `fleet api`, and of each operation's input and answer. */
export async function apiSchema(): Promise<Readonly<Record<string, unknown>>> {
  const described = await Promise.all(
    Object.entries(operations).map(async ([name, { summary, changes, shapes }]) => {
      const { input, answer } = await shapes();
      return [
        name,
        {
          summary,
          changes,
          input: z.toJSONSchema(input, { io: "input" }),
          answer: z.toJSONSchema(answer, { io: "output" }),
        },
      ] as const;
    }),
  );
  return { api: apiVersion, line: z.toJSONSchema(request, { io: "input" }), operations: Object.fromEntries(described) };
}
