import { expect, test } from "bun:test";
import type { Key } from "../../../src/config/key.ts";
import { settingNames, settings, variableOf } from "../../../src/config/keys.ts";
import { accepts } from "../../../src/config/kinds.ts";
import { agentKeys, hostKeys, notifyKeys, priceKeys } from "../../../src/config/table-keys.ts";
import { parseToml, tomlLine } from "../../../src/config/toml.ts";

const keys: readonly (readonly [string, Key])[] = [settings, agentKeys, hostKeys, notifyKeys, priceKeys].flatMap(
  Object.entries,
);

test("every default and every example is a value that its key takes", () => {
  const refused = keys.filter(
    ([, key]) => !accepts(key.kind, key.example) || (key.default !== undefined && !accepts(key.kind, key.default)),
  );
  expect(refused).toEqual([]);
});

test("every example survives being written as TOML", () => {
  for (const [name, key] of keys) expect(parseToml(tomlLine(name, key.example))).toEqual({ [name]: key.example });
});

test("every purpose is one sentence in one line", () => {
  for (const [, { purpose }] of keys) {
    expect(purpose).toMatch(/^(?:[A-Z]|true: )[^\n]*[^.\s]$/);
    expect(purpose.length).toBeLessThanOrEqual(118);
  }
});

test("the environment variable of a setting is its name in capitals", () => {
  expect(variableOf("worktree_root")).toBe("AI_FLEET_WORKTREE_ROOT");
});

test("no setting has the variable of something else", () => {
  const taken = ["HOME", "ID", "BRANCH", "BATCH", "REPO", "PORT"].map((name) => `AI_FLEET_${name}`);
  expect(settingNames.map(variableOf).filter((variable) => taken.includes(variable))).toEqual([]);
});
