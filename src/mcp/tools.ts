import * as z from "zod/mini";
import type { Operation } from "../api/operation.ts";
import { operationNamed } from "../api/table.ts";
import { FleetError } from "../errors.ts";

/** What a tool is called, and what a model has to know of it beside the summary of its operation. */
interface ToolNote {
  readonly operation: string;
  readonly note?: string;
}

/** The tools that a model may always call: they look, start, stop, talk, and undo. */
const always: readonly ToolNote[] = [
  { operation: "list", note: "Begin here. Who waits, errs or has failed needs somebody." },
  {
    operation: "create",
    note: "Each agent works alone on a branch and worktree of its own; give each a prompt that says all it needs.",
  },
  { operation: "fanout", note: "Several attempts at one task, to be compared afterwards." },
  {
    operation: "wait",
    note: "Give timeout_seconds below the time-out of your own tool calls, and call again while some are pending.",
  },
  { operation: "prompt", note: "One that works takes it after its turn; one that asks is left alone: use answer." },
  { operation: "question" },
  { operation: "answer" },
  { operation: "interrupt" },
  { operation: "logs", note: "What it said and did." },
  { operation: "diff", note: "With two names and between, what sets two attempts apart." },
  { operation: "test", note: "Runs the command in the worktree of each; a result belongs to exactly that content." },
  { operation: "compare", note: "Best first, and why." },
  { operation: "overlap", note: "Before merging several." },
  { operation: "cost" },
  { operation: "stop", note: "Worktrees and branches stay; resume goes on." },
  { operation: "resume" },
  { operation: "restorable" },
  { operation: "restore" },
];

/** The tools that are there only if the person who started the server has named them: they kill, merge, publish or spend. */
const onlyIfAllowed: readonly ToolNote[] = [
  { operation: "kill", note: "What is unsaved is kept apart; restore undoes it." },
  { operation: "merge" },
  { operation: "undo_merge" },
  { operation: "pick", note: "Merges the winner of a batch and ends the others." },
  { operation: "pr" },
  { operation: "prune" },
  { operation: "budget" },
];

/** The names that `--allow` takes. */
const allowable = onlyIfAllowed.map(({ operation }) => operation);

/** What only a person decides, whatever the tool: where agents are held, what they spend, what is skipped, other repositories and machines. */
const notForModels = ["all_repositories", "host", "sandbox", "budget", "quick", "raw"];

/** A tool as it is offered to a model. */
export interface Tool {
  readonly name: string;
  readonly operation: string;
  readonly description: string;
  readonly inputSchema: JsonObjectSchema;
  readonly changes: boolean;
  /** It may take for ever. */
  readonly waits: boolean;
  /** It has to be called with `confirm: true`. */
  readonly confirmed: boolean;
}

/** The schema of an object. */
export interface JsonObjectSchema {
  readonly type: "object";
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: string[];
  readonly [key: string]: unknown;
}

/** Why there is no tool of this name, for a model that knows it from elsewhere. */
export function noSuchTool(name: string): string {
  const operation = name.replace(/^fleet_/, "");
  if (name === operation || !allowable.includes(operation)) return `there is no tool ${name}`;
  return `${name} is not allowed here; who added this server may allow it, with fleet mcp --allow ${operation}`;
}

/** The tools of a server on which these operations are allowed beside those that always are. Throws FleetError `usage` for unknown names. */
export async function toolsFor(allowed: readonly string[]): Promise<Tool[]> {
  const unknown = allowed.find((name) => !allowable.includes(name));
  if (unknown !== undefined) {
    throw new FleetError("usage", `--allow does not take ${JSON.stringify(unknown)}`, {
      hint: `it takes ${allowable.join(", ")}, with commas between them`,
    });
  }
  const chosen = onlyIfAllowed.filter(({ operation }) => allowed.includes(operation));
  return Promise.all([
    ...always.map((note) => toolOf(note, { confirmed: false })),
    ...chosen.map((note) => toolOf(note, { confirmed: true })),
  ]);
}

async function toolOf({ operation: name, note }: ToolNote, { confirmed }: Pick<Tool, "confirmed">): Promise<Tool> {
  const operation = operationNamed(name);
  if (operation === undefined) throw new Error(`there is no operation ${name}`);
  const summary = `${operation.summary.slice(0, 1).toUpperCase()}${operation.summary.slice(1)}.`;
  const schema = await schemaOf(operation);
  return {
    name: `fleet_${name}`,
    operation: name,
    description: [summary, note].filter(Boolean).join(" "),
    inputSchema: confirmed ? withConfirmation(schema) : schema,
    changes: operation.changes,
    waits: operation.waits,
    confirmed,
  };
}

async function schemaOf({ shapes }: Operation): Promise<JsonObjectSchema> {
  const { input } = await shapes();
  return without(z.toJSONSchema(input, { io: "input" }), notForModels) as JsonObjectSchema;
}

function withConfirmation(schema: JsonObjectSchema): JsonObjectSchema {
  const confirm = { type: "boolean", const: true, description: "true: the person you work for wants exactly this" };
  return {
    ...schema,
    properties: { ...schema.properties, confirm },
    required: [...(schema.required ?? []), "confirm"],
  };
}

/** A schema without these properties, at any depth. */
function without(value: unknown, names: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((one) => without(one, names));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    key === "properties" ? omitted(inner as Readonly<Record<string, unknown>>, names) : without(inner, names),
  ]);
  return Object.fromEntries(entries);
}

function omitted(properties: Readonly<Record<string, unknown>>, names: readonly string[]): object {
  const kept = Object.entries(properties).filter(([name]) => !names.includes(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, without(inner, names)]));
}

/** The input of an operation as a model gave it. Throws FleetError `usage` for what is not its to decide, and for a missing confirmation. */
export function inputOf(tool: Tool, given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { confirm, ...input } = given;
  if (tool.confirmed && confirm !== true) {
    throw new FleetError("usage", `${tool.name} needs confirm: true`, {
      code: "not-confirmed",
      hint: "ask the person you work for, and call it again with confirm: true",
    });
  }
  const foreign = keysIn(input).find((key) => notForModels.includes(key));
  if (foreign === undefined) return tool.confirmed ? input : given;
  throw new FleetError("usage", `${foreign} is not for a tool to decide`, {
    code: "not-for-tools",
    hint: `leave it out; a person can run fleet ${tool.operation}`,
  });
}

function keysIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysIn(inner)]);
}
