import { expect } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../helpers/sandbox.ts";

/** What a machine answered to a call. */
export type Answer = Readonly<Record<string, unknown>>;

/** Another machine: a home of its own on the same system. */
export interface Machine {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** Calls one row of its `fleet api`, as another machine does. Fails the test when that answers with an error. */
  call(name: string, input: unknown): Promise<Answer>;
  /** The same for a call that is refused: the error. */
  refused(name: string, input: unknown): Promise<Answer>;
}

/** A machine of this name, on which nobody has used fleet yet. Its agents are demo agents. */
export function machine(box: Sandbox, name: string): Machine {
  const home = join(box.root, name);
  mkdirSync(join(home, ".ai_fleet"), { recursive: true, mode: 0o700 });
  writeFileSync(join(home, ".ai_fleet/config.toml"), "");
  const env = { HOME: home, AI_FLEET_HOME: join(home, ".ai_fleet"), AI_FLEET_DEFAULT_AGENT: "demo" };
  let calls = 0;
  const ask = async (row: string, input: unknown): Promise<Answer> => {
    calls += 1;
    const line = JSON.stringify({ id: 1, call: row, operation: `${name}-call-${calls}`, input });
    const { stdout, stderr, code } = await box.fleet(["api"], { input: `${line}\n`, env, timeoutMs: 60_000 });
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const lines = stdout.trim().split("\n");
    return JSON.parse(lines.at(-1) ?? "") as Answer;
  };
  return {
    home,
    env,
    call: async (row, input) => {
      const line = await ask(row, input);
      expect(line).not.toHaveProperty("error");
      return line.answer as Answer;
    },
    refused: async (row, input) => (await ask(row, input)).error as Answer,
  };
}
