import { expect, test } from "bun:test";
import { parseArgs as parseArgsOfNode } from "node:util";
import fc from "fast-check";
import { parseArgs } from "../../../src/cli/canonical-words.ts";

const name = fc.stringMatching(/^[a-z][a-z-]{0,8}[a-z]$/);
const option = fc.record({
  type: fc.constantFrom("string" as const, "boolean" as const),
  default: fc.option(fc.constantFrom<string | boolean>("text", true, false), { nil: undefined }),
});

test("words in the spelling that citty gets are read as node:util reads them", () => {
  fc.assert(
    fc.property(
      fc.dictionary(name, option, { maxKeys: 6 }),
      fc.array(fc.string()),
      fc.array(fc.string()),
      (options, values, operands) => {
        const given = Object.keys(options).slice(0, values.length);
        const args = [...given.map((each, index) => `--${each}=${values[index]}`), "--", ...operands];
        const ofNode = parseArgsOfNode({
          args,
          options: Object.fromEntries(
            Object.entries(options).map(([key, { type, default: value }]) => [
              key,
              { type, ...(typeof value === type ? { default: value } : {}) } as { type: "string" },
            ]),
          ),
          allowPositionals: true,
          strict: false,
        });
        const own = Object.fromEntries(
          Object.entries(options).map(([key, { type, default: value }]) => [
            key,
            typeof value === type ? { default: value } : {},
          ]),
        );
        const read = parseArgs({ args, options: own });
        expect(read.values).toEqual({ ...ofNode.values });
        expect(read.positionals).toEqual(ofNode.positionals);
      },
    ),
  );
});
