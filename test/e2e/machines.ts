import { expect } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine as ReachedMachine } from "../../src/api/across/machine.ts";
import { loadConfig } from "../../src/config/load.ts";
import { FleetError } from "../../src/errors.ts";
import type { Fleet } from "../../src/fleet/fleet.ts";
import type { Progress } from "../../src/fleet/progress.ts";
import { builtProgram } from "../helpers/program.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

/** What a machine answered to a call. */
export type Answer = Readonly<Record<string, unknown>>;

/** Another machine: a home of its own on the same system. */
export interface Machine {
  readonly name: string;
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
    name,
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

/** A machine as the fleet of another one reaches it, without ssh between them; with `broken` it is out of reach for some calls. */
export function reached(
  machine: Machine,
  { slots = 0, broken = () => false, deaf = () => false }: Reach = {},
): ReachedMachine {
  const { name } = machine;
  return {
    host: { name, settings: { slots } },
    call: async (row, input) => {
      if (broken(row)) throw new FleetError("failed", `${name} cannot be reached`, { code: "host-unreachable" });
      const answer = await machine.call(row, input);
      if (deaf(row)) throw new FleetError("failed", `the link to ${name} was lost`, { code: "host-link-lost" });
      return answer;
    },
    gitUrl: (path) => path,
    gitEnvironment: {},
    turn: (task) => task(),
  };
}

interface Reach {
  readonly slots?: number;
  readonly broken?: (row: string) => boolean;
  /** What is asked there is done, and nobody hears of it. */
  readonly deaf?: (row: string) => boolean;
}

/** The fleet of somebody who stands in a directory, with what it reports. */
export async function fleetIn(box: Sandbox, directory: string): Promise<Fleet & { readonly told: Progress[] }> {
  const told: Progress[] = [];
  return {
    settings: await loadConfig(box.env),
    environment: box.env,
    program: builtProgram(),
    directory,
    cancelled: new AbortController().signal,
    report: (progress) => told.push(progress),
    told,
  };
}
