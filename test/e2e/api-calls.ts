import { expect } from "bun:test";
import { operations } from "../../src/api/table.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { demoSandbox } from "./agents.ts";

export type Line = Readonly<Record<string, unknown>>;

export interface Conversation {
  readonly box: Sandbox;
  readonly cwd: string;
}

/**
 * What `fleet api` answers to these lines, by their ids; what it says first is under `hello`. Every answer is checked against the shape
 * that its operation promises.
 */
export async function converse(
  { box, cwd }: Conversation,
  calls: readonly (Line | string)[],
): Promise<Map<unknown, Line[]>> {
  const input = calls.map((call) => `${typeof call === "string" ? call : JSON.stringify(call)}\n`).join("");
  const { stdout, stderr, code } = await box.fleet(["api"], { cwd, input, timeoutMs: 120_000 });
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  const lines = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
  const answers = Map.groupBy(lines, (line) => ("hello" in line ? "hello" : line.id));
  for (const call of calls) if (typeof call !== "string") await requireShape(call, answers.get(call.id)?.at(-1));
  return answers;
}

async function requireShape({ call }: Line, line: Line | undefined): Promise<void> {
  if (typeof call !== "string" || line === undefined || !("answer" in line)) return;
  const shapes = await operations[call as keyof typeof operations].shapes();
  const { error } = shapes.answer.safeParse(line.answer);
  expect({ call, issues: error?.issues ?? [] }).toEqual({ call, issues: [] });
}

/** The agents of an answer. */
export function agentsIn(lines: readonly Line[] = []): Line[] {
  return (lines.at(-1)?.answer as { readonly agents: Line[] } | undefined)?.agents ?? [];
}

/** A project with an agent `fix` that has committed a note. */
export async function place(): Promise<Conversation & AsyncDisposable> {
  const box = await demoSandbox();
  const project = await box.repository("project");
  await box.fleet(["create", "fix", "-p", "note"], { cwd: project.path });
  await box.fleet(["wait", "fix"], { cwd: project.path });
  return { box, cwd: project.path, [Symbol.asyncDispose]: () => box[Symbol.asyncDispose]() };
}
