import { asFleetError, errorAsJson, FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { apiVersion } from "../model/api-version.ts";
import { type Request, request } from "../model/wire/calls.ts";
import { type Calls, callOperation, cancelOperation, malformedCall, openCalls, outcomeOfOperation } from "./calling.ts";
import { hostOperationNamed } from "./host-table.ts";
import type { Outcome } from "./outcomes.ts";
import { operations } from "./table.ts";

/** A message to the caller, one line of JSON. */
export type Message = Readonly<Record<string, unknown>>;

interface DoorOptions {
  readonly version: string;
  readonly write: (message: Message) => void;
}

const longestLine = 10_000_000;

/** What this door says first: what it speaks, what can be called, and what its clock says. */
function hello(version: string): Message {
  const called = Object.entries(operations).map(([name, { summary, changes }]) => ({ name, summary, changes }));
  return { hello: { api: apiVersion, fleet: version, now: Date.now(), operations: called } };
}

/**
 * Answers calls until there are no more and all have been answered: each line is a call, each answer a line with its id, in the order
 * in which they are done. That no more calls come cancels none, unless the caller has said that they stay: then those end that change nothing.
 */
export async function answerCalls(fleet: Fleet, lines: AsyncIterable<string>, options: DoorOptions): Promise<void> {
  options.write(hello(options.version));
  const conversation = converse(fleet, options.write);
  const open = new Set<Promise<void>>();
  for await (const line of lines) {
    if (line.trim() === "") continue;
    const answered = answer(line, conversation).finally(() => open.delete(answered));
    open.add(answered);
    // What has been called is begun before the next line is read, so that a cancel finds it.
    await Promise.resolve();
  }
  if (conversation.callerStays) conversation.leave();
  await Promise.all(open);
}

interface Conversation {
  readonly fleet: Fleet;
  /** The fleet for calls that change nothing: they end when the caller has left. */
  readonly looking: Fleet;
  readonly write: (message: Message) => void;
  readonly calls: Calls;
  /** The caller has said that they stay as long as they want answers. */
  callerStays: boolean;
  readonly leave: () => void;
}

function converse(fleet: Fleet, write: DoorOptions["write"]): Conversation {
  const left = new AbortController();
  const looking = { ...fleet, cancelled: AbortSignal.any([fleet.cancelled, left.signal]) };
  const leave = () => left.abort(new FleetError("interrupted", "the caller has left", { code: "cancelled" }));
  return { fleet, looking, write, calls: openCalls(hostOperationNamed), callerStays: false, leave };
}

async function answer(line: string, conversation: Conversation): Promise<void> {
  const { write } = conversation;
  let id: unknown = null;
  try {
    const read = readRequest(line, (known) => {
      id = known;
    });
    write({ id, ...(await outcomeOf(read, conversation)) });
  } catch (error) {
    write({ id, error: errorAsJson(asFleetError(error)) });
  }
}

function readRequest(line: string, identified: (id: unknown) => void): Request {
  if (line.length > longestLine) throw malformedCall(`a call of more than ${longestLine} characters`);
  const value = parsed(line);
  const { id } = (value ?? {}) as { readonly id?: unknown };
  if (typeof id === "string" || typeof id === "number") identified(id);
  const result = request.safeParse(value);
  if (result.success) return result.data;
  throw malformedCall(`a call is {"id":1,"call":"list","input":{}}; this is not: ${line.slice(0, 100)}`);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function outcomeOf(read: Request, conversation: Conversation): Promise<Outcome> {
  const { fleet, looking, write, calls } = conversation;
  if ("hello" in read) {
    conversation.callerStays = read.hello.stays === true;
    return { answer: greeting(read.hello.api) };
  }
  if ("cancel" in read) return { answer: { cancelled: cancelOperation(calls, read.cancel) } };
  if ("result" in read) return outcomeOfOperation(fleet, calls, read.result);
  const { id, call: name, ...call } = read;
  return callOperation(
    call.operation === undefined ? looking : fleet,
    calls,
    { name, ...call },
    {
      tell: (event) => write({ id, event }),
      progress: (progress) => {
        if (progress.kind !== "present") write({ id, progress });
      },
    },
  );
}

function greeting(wanted: number): Message {
  if (wanted === apiVersion) return { api: apiVersion };
  throw new FleetError("usage", `this fleet speaks version ${apiVersion} of its interface, not ${wanted}`, {
    code: "api-version",
    hint: "to bring both to one version, run fleet upgrade",
  });
}
