import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  ErrorCode,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  type ServerNotification,
} from "@modelcontextprotocol/sdk/types.js";
import { type Calls, callOperation, cancelOperation, openCalls } from "../api/calling.ts";
import type { Outcome } from "../api/outcomes.ts";
import { asFleetError, type ErrorForPrograms, errorAsJson } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { briefly } from "./brief.ts";
import { readResource, resources, resourceTemplates } from "./resources.ts";
import { inputOf, noSuchTool, type Tool, toolsFor } from "./tools.ts";
import { LineTransport } from "./transport.ts";

const instructions =
  "fleet runs coding agents side by side, each on a git branch and worktree of its own. To solve a task several times and take the best: " +
  "fleet_fanout with one prompt, fleet_wait until none can go on, fleet_test and fleet_compare, then read fleet_diff of the best. To split " +
  "work: fleet_create with an agent for each part. Look with fleet_list, read with fleet_logs, talk with fleet_prompt and fleet_answer.";

/** For answers of people who are asked something through the model, which nobody is. The usual one is not in the executable. */
const jsonSchemaValidator = {
  getValidator(): never {
    throw new McpError(ErrorCode.InternalError, "nobody is asked anything");
  },
};

interface ServerOptions {
  readonly version: string;
  /** Operations that a person has allowed beside those that look, start and talk. */
  readonly allowed: readonly string[];
  readonly lines: AsyncIterable<string>;
  readonly write: (line: string) => void;
}

/**
 * Offers the operations of the fleet to a model, as tools of the Model Context Protocol, until there are no more lines and all is
 * answered; nobody is waited for then. Throws FleetError `usage` when something unknown is allowed.
 */
export async function serveTools(fleet: Fleet, { version, allowed, lines, write }: ServerOptions): Promise<void> {
  const tools = await toolsFor(allowed);
  const gone = new AbortController();
  const within = { ...fleet, confined: true } as const;
  const conversation: Conversation = {
    fleet: within,
    calls: openCalls(),
    tools,
    gone: gone.signal,
  };
  const capabilities = { tools: {}, resources: {} };
  const server = new Server({ name: "fleet", version }, { capabilities, instructions, jsonSchemaValidator });
  answerTools(server, conversation);
  answerResources(server, within);
  const closed = new Promise<void>((resolve) => {
    server.onclose = resolve;
  });
  await server.connect(new LineTransport({ lines, write, onEnd: () => gone.abort() }));
  await closed;
}

interface Conversation {
  readonly fleet: Fleet;
  readonly calls: Calls;
  readonly tools: readonly Tool[];
  /** The client has gone: nobody waits any longer. */
  readonly gone: AbortSignal;
}

function answerTools(server: Server, conversation: Conversation): void {
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: conversation.tools.map(({ name, description, inputSchema, changes, confirmed }) => ({
      name,
      description,
      inputSchema: { ...inputSchema },
      annotations: { readOnlyHint: !changes, destructiveHint: confirmed, openWorldHint: false },
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal, sendNotification }) => {
    const tool = conversation.tools.find(({ name }) => name === params.name);
    if (tool === undefined) throw new McpError(ErrorCode.InvalidParams, noSuchTool(params.name));
    const token = params._meta?.progressToken;
    const tell = token === undefined ? () => undefined : progressTeller(token, sendNotification);
    const outcome = await call(conversation, tool, params.arguments ?? {}, { signal, tell }).catch(
      (error): Outcome => ({ error: errorAsJson(asFleetError(error)) }),
    );
    if ("answer" in outcome) return { content: [{ type: "text", text: briefly(outcome.answer) }] };
    return { isError: true, content: [{ type: "text", text: wordsOf(outcome.error) }] };
  });
}

interface CallOptions {
  readonly signal: AbortSignal;
  readonly tell: (text: string) => void;
}

async function call(
  { fleet, calls, gone }: Conversation,
  tool: Tool,
  given: Readonly<Record<string, unknown>>,
  { signal, tell }: CallOptions,
): Promise<Outcome> {
  const input = inputOf(tool, given);
  const listener = {
    tell: (event: Readonly<Record<string, unknown>>) => tell(JSON.stringify(event)),
    progress: (progress: { readonly kind: string; readonly text?: string | undefined }) => {
      if (progress.kind !== "present" && progress.text !== undefined) tell(progress.text);
    },
  };
  if (!tool.changes) {
    const signals = [fleet.cancelled, signal, ...(tool.waits ? [gone] : [])];
    const looking = { ...fleet, cancelled: AbortSignal.any(signals) };
    return callOperation(looking, calls, { name: tool.operation, input }, listener);
  }
  const operation = crypto.randomUUID();
  const cancel = () => cancelOperation(calls, operation);
  signal.addEventListener("abort", cancel, { once: true });
  try {
    return await callOperation(fleet, calls, { name: tool.operation, input, operation }, listener);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

/** An error as a model reads it: what went wrong, with which of them or by which words, and what to do. */
function wordsOf(error: unknown): string {
  const { message, output, hint } = error as ErrorForPrograms;
  return [message, output, hint].filter(Boolean).join("\n");
}

type Notify = (notification: ServerNotification) => Promise<void>;

/** Tells a client how far a call is, whose only measure is the number of things told. */
function progressTeller(progressToken: string | number, notify: Notify): (message: string) => void {
  let progress = 0;
  return (message) => {
    progress += 1;
    void notify({ method: "notifications/progress", params: { progressToken, progress, message } }).catch(
      () => undefined,
    );
  };
}

function answerResources(server: Server, fleet: Fleet): void {
  server.setRequestHandler(ListResourcesRequestSchema, async () => ({ resources: await resources(fleet) }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }) => {
    try {
      return { contents: [{ uri, ...(await readResource(fleet, uri)) }] };
    } catch (error) {
      throw new McpError(ErrorCode.InvalidParams, wordsOf(errorAsJson(asFleetError(error))));
    }
  });
}
