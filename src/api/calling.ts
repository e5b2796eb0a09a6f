import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";
import { asFleetError, errorAsJson, FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Progress } from "../fleet/progress.ts";
import { operationId } from "../model/wire/calls.ts";
import { isForWantOfRoom } from "../system/files.ts";
import { atMost } from "../system/limit.ts";
import type { Operation, Tell } from "./operation.ts";
import { beginOperation, endOperation, type Outcome, resultOf } from "./outcomes.ts";
import { operationNamed, operations } from "./table.ts";

/** Calls that look at the same machine at the same time only wait for each other. */
const atOnce = 4;

/** The calls of one process: those that run, and the gate through which they pass. */
export interface Calls {
  readonly gate: ReturnType<typeof atMost>;
  /** What can be called here. */
  readonly named: (name: string) => Operation | undefined;
  /** The operations of this process by their id. */
  readonly running: Map<string, { readonly cancel: () => void; readonly done: Promise<Outcome> }>;
}

/** A call of a row of the table. */
export interface Call {
  readonly name: string;
  readonly input: unknown;
  /** What the caller names an operation, so that it is done once. */
  readonly operation?: string | undefined;
  /** As with `-C`: where the user is. */
  readonly directory?: string | undefined;
}

/** Who is told what happens while a call is done. */
export interface Listener {
  readonly tell: Tell;
  readonly progress: (progress: Progress) => void;
}

/** A place to call from, with nothing running yet. Rows of the table can be called there, and what `others` knows beside them. */
export function openCalls(others: Calls["named"] = () => undefined): Calls {
  z.config(en());
  const named = (name: string) => operationNamed(name) ?? others(name);
  return { gate: atMost(atOnce), named, running: new Map() };
}

/**
 * Does what a call asks for: one that names its operation once, however often it is called; a repeated call gets what came of the first.
 * @throws {FleetError} `usage` for an unknown operation, a wrong input, or one that changes something and has no name; and what it ends with
 */
export async function callOperation(fleet: Fleet, calls: Calls, call: Call, listener: Listener): Promise<Outcome> {
  const found = calls.named(call.name);
  if (found === undefined) throw unknownOperation(call.name);
  if (call.operation !== undefined) return once(fleet, calls, { ...call, operation: call.operation, found }, listener);
  if (!found.changes) return run({ ...fleet, ...placeOf(call) }, calls, { ...call, found }, listener);
  throw malformedCall(`${call.name} changes something: it needs an "operation", an id of 8 to 64 letters and digits`);
}

/** Asks an operation that runs here to stop; whether there is one. */
export function cancelOperation({ running }: Calls, operation: string): boolean {
  const found = running.get(operation);
  found?.cancel();
  return found !== undefined;
}

/** What an operation ended with, which is waited for when it runs here. Throws FleetError when there is no such, or it runs elsewhere. */
export async function outcomeOfOperation(fleet: Fleet, { running }: Calls, operation: string): Promise<Outcome> {
  return running.get(operation)?.done ?? resultOf(fleet, checkedId(operation));
}

/** The id, if it can be one. Throws FleetError `usage` else. */
export function checkedId(text: string): string {
  if (operationId.safeParse(text).success) return text;
  throw malformedCall(`${JSON.stringify(text.slice(0, 70))} is no id of an operation`);
}

/** The error for a call that is no call, in the caller's words. */
export function malformedCall(message: string): FleetError {
  return new FleetError("usage", message, { code: "malformed-call", hint: "for the shapes, run fleet api schema" });
}

function unknownOperation(name: string): FleetError {
  return new FleetError("usage", `there is no operation ${JSON.stringify(name)}`, {
    code: "unknown-operation",
    hint: `there are ${Object.keys(operations).join(", ")}; see fleet help json`,
  });
}

interface FoundCall extends Call {
  readonly found: Operation;
}

function placeOf({ directory }: Call): Partial<Pick<Fleet, "directory">> {
  return directory === undefined ? {} : { directory };
}

async function once(
  fleet: Fleet,
  calls: Calls,
  call: FoundCall & { readonly operation: string },
  listener: Listener,
): Promise<Outcome> {
  const running = calls.running.get(call.operation);
  if (running !== undefined) return running.done;
  const own = new AbortController();
  const { operation, name, input } = call;
  const done = (async () => {
    const before = await beginOperation(fleet, { operation, call: name, input }).catch((error): undefined => {
      if (!(call.found.repeatable && isForWantOfRoom(error))) throw error;
    });
    if (before !== undefined) return before;
    const cancelled = AbortSignal.any([fleet.cancelled, own.signal]);
    const outcome = await run({ ...fleet, ...placeOf(call), cancelled }, calls, call, listener).catch(
      (error): Outcome => ({ error: errorAsJson(asFleetError(error)) }),
    );
    keepOutcome(fleet, operation, outcome);
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

/** What was done has been done, also where the disk is full by now: the caller who waits is told of it all the same. */
function keepOutcome(fleet: Fleet, operation: string, outcome: Outcome): void {
  try {
    endOperation(fleet, operation, outcome);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
  }
}

async function run(fleet: Fleet, { gate }: Calls, call: FoundCall, listener: Listener): Promise<Outcome> {
  const { found, name } = call;
  const { input } = await found.shapes();
  const result = input.safeParse(call.input);
  if (!result.success) throw malformedCall(`the input of ${name}: ${z.prettifyError(result.error)}`);
  const work = async () => {
    fleet.cancelled.throwIfAborted();
    return { answer: await found.run({ ...fleet, report: listener.progress }, result.data, listener.tell) };
  };
  return found.waits ? work() : gate(work);
}
