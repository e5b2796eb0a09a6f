import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";
import { asFleetError, errorAsJson, FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { atMost } from "../fleet/limit.ts";
import { operationId, type Request, request } from "../model/wire/calls.ts";
import type { Operation, Tell } from "./operation.ts";
import { beginOperation, endOperation, type Outcome, resultOf } from "./outcomes.ts";
import { operationNamed, operations } from "./table.ts";

/** The version of what is spoken here. A change that a caller could notice makes it another one. */
export const apiVersion = 1;

/** A message to the caller, one line of JSON. */
export type Message = Readonly<Record<string, unknown>>;

interface DoorOptions {
  readonly version: string;
  readonly write: (message: Message) => void;
}

/** Calls that look at the same machine at the same time only wait for each other. */
const atOnce = 4;
const longestLine = 10_000_000;

/** What this door says first: what it speaks, and what can be called. */
function hello(version: string): Message {
  const called = Object.entries(operations).map(([name, { summary, changes }]) => ({ name, summary, changes }));
  return { hello: { api: apiVersion, fleet: version, operations: called } };
}

/**
 * Answers calls until there are no more and all have been answered: each line is a call, each answer a line with its id, in the order
 * in which they are done. That no more calls come cancels none.
 */
export async function answerCalls(fleet: Fleet, lines: AsyncIterable<string>, options: DoorOptions): Promise<void> {
  z.config(en());
  options.write(hello(options.version));
  const calls: Calls = { fleet, write: options.write, gate: atMost(atOnce), running: new Map() };
  const open = new Set<Promise<void>>();
  for await (const line of lines) {
    if (line.trim() === "") continue;
    const answered = answer(line, calls).finally(() => open.delete(answered));
    open.add(answered);
    // What has been called is begun before the next line is read, so that a cancel finds it.
    await Promise.resolve();
  }
  await Promise.all(open);
}

interface Calls {
  readonly fleet: Fleet;
  readonly write: (message: Message) => void;
  readonly gate: ReturnType<typeof atMost>;
  /** The operations of this process by their id. */
  readonly running: Map<string, { readonly cancel: () => void; readonly done: Promise<Outcome> }>;
}

async function answer(line: string, calls: Calls): Promise<void> {
  let id: unknown = null;
  try {
    const read = readRequest(line, (known) => {
      id = known;
    });
    calls.write({ id, ...(await outcomeOf(read, calls)) });
  } catch (error) {
    calls.write({ id, error: errorAsJson(asFleetError(error)) });
  }
}

function readRequest(line: string, identified: (id: unknown) => void): Request {
  if (line.length > longestLine) throw malformed(`a call of more than ${longestLine} characters`);
  const value = parsed(line);
  const { id } = (value ?? {}) as { readonly id?: unknown };
  if (typeof id === "string" || typeof id === "number") identified(id);
  const result = request.safeParse(value);
  if (result.success) return result.data;
  throw malformed(`a call is {"id":1,"call":"list","input":{}}; this is not: ${line.slice(0, 100)}`);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function outcomeOf(read: Request, calls: Calls): Promise<Outcome> {
  if ("hello" in read) return { answer: greeting(read.hello.api) };
  if ("cancel" in read) return { answer: { cancelled: cancel(read.cancel, calls) } };
  if ("result" in read) return calls.running.get(read.result)?.done ?? resultOf(calls.fleet, idOf(read.result));
  return called(read, calls);
}

function greeting(wanted: number): Message {
  if (wanted === apiVersion) return { api: apiVersion };
  throw new FleetError("usage", `this fleet speaks version ${apiVersion} of its interface, not ${wanted}`, {
    code: "api-version",
    hint: "to bring both to one version, run fleet upgrade",
  });
}

function cancel(operation: string, { running }: Calls): boolean {
  const found = running.get(operation);
  found?.cancel();
  return found !== undefined;
}

function idOf(text: string): string {
  if (operationId.safeParse(text).success) return text;
  throw malformed(`${JSON.stringify(text.slice(0, 70))} is no id of an operation`);
}

async function called(read: Extract<Request, { call: string }>, calls: Calls): Promise<Outcome> {
  const found = operationNamed(read.call);
  if (found === undefined) {
    throw new FleetError("usage", `there is no operation ${JSON.stringify(read.call)}`, {
      code: "unknown-operation",
      hint: `there are ${Object.keys(operations).join(", ")}; see fleet help json`,
    });
  }
  if (!found.changes && read.operation === undefined) return run(found, read, calls, calls.fleet.cancelled);
  if (read.operation === undefined) {
    throw malformed(`${read.call} changes something: it needs an "operation", an id of 8 to 64 letters and digits`);
  }
  return once(read.operation, found, read, calls);
}

/** Runs an operation that the caller has named, unless it has been run: then it is answered with what came of it. */
async function once(
  operation: string,
  found: Operation,
  read: Extract<Request, { call: string }>,
  calls: Calls,
): Promise<Outcome> {
  const running = calls.running.get(operation);
  if (running !== undefined) return running.done;
  const own = new AbortController();
  const done = (async () => {
    const before = await beginOperation(calls.fleet, { operation, call: read.call, input: read.input });
    if (before !== undefined) return before;
    const outcome = await run(found, read, calls, AbortSignal.any([calls.fleet.cancelled, own.signal])).catch(
      (error): Outcome => ({ error: errorAsJson(asFleetError(error)) }),
    );
    endOperation(calls.fleet, operation, outcome);
    return outcome;
  })();
  const cancelled = new FleetError("interrupted", `the operation ${operation} was cancelled`, { code: "cancelled" });
  calls.running.set(operation, { cancel: () => own.abort(cancelled), done });
  try {
    return await done;
  } finally {
    calls.running.delete(operation);
  }
}

async function run(
  found: Operation,
  read: Extract<Request, { call: string }>,
  { fleet, write, gate }: Calls,
  cancelled: AbortSignal,
): Promise<Outcome> {
  const { input } = await found.shapes();
  const result = input.safeParse(read.input);
  if (!result.success) throw malformed(`the input of ${read.call}: ${z.prettifyError(result.error)}`);
  const tell: Tell = (event) => write({ id: read.id, event });
  const own: Fleet = {
    ...fleet,
    cancelled,
    directory: read.directory ?? fleet.directory,
    report: (progress) => {
      if (progress.kind !== "present") write({ id: read.id, progress });
    },
  };
  const work = async () => {
    cancelled.throwIfAborted();
    return { answer: await found.run(own, result.data, tell) };
  };
  return found.waits ? work() : gate(work);
}

function malformed(message: string): FleetError {
  return new FleetError("usage", message, { code: "malformed-call", hint: "for the shapes, run fleet api schema" });
}
