import type { SentUsage } from "./sent-usage.ts";
/** What an agent asks the model, whichever API it speaks. */
export interface Question {
  /** Everything the user has said in this conversation, oldest first, without what the agent wraps around it. */
  readonly userTexts: readonly string[];
  /** The newest thing in the conversation is the result of a tool. */
  readonly afterToolResult: boolean;
  /** How many results of tools there are since the user spoke; absent where that is not counted. */
  readonly toolResults?: number;
  /** The newest thing in the conversation, as JSON; absent where nobody asks for it. */
  readonly newest?: string;
  readonly toolNames: readonly string[];
}

export interface ToolCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly text: string;
  readonly toolCall: ToolCall | undefined;
  readonly delayMs: number;
  /** What to answer with instead. */
  readonly failure: Failure | undefined;
  readonly hangs: boolean;
}

/** An answer as it is sent. */
export interface MeteredAnswer extends Answer {
  readonly usage: SentUsage;
}

/** A request that the model refuses. */
export interface Failure {
  /** The HTTP status. */
  readonly status: number;
  /** Nothing is left to spend, which each API words in its own way. */
  readonly quota: boolean;
  /** What the header `retry-after` says, in seconds. */
  readonly retryAfter: number | undefined;
}

/**
 * The model's answer, which words in the newest prompt decide:
 *
 * - `run-shell COMMAND...`: the agent's shell runs the rest of the line, then the turn ends
 * - `ask-first COMMAND...`: the same with a tool call that the agent asks the user about, unless it never asks
 * - `use-tools`: each line below, `NAME {"input":"as JSON"}`, is a call of the tool whose name ends so, one after the other
 * - `slow-reply MS`: the reply takes that long
 * - `fail-http STATUS`: the request fails; with `quota` behind it because nothing is left to spend; with `retry-after SECONDS` the
 *   answer says when to try again
 * - `hang-forever`: nothing ever comes
 *
 * Anything else is repeated, as {@link replyTo} says.
 */
export function answerTo({ userTexts, afterToolResult, toolResults = 0, toolNames }: Question): Answer {
  const prompt = userTexts.at(-1) ?? "";
  const word = (pattern: RegExp) => prompt.match(pattern)?.[1];
  const delayMs = Number(word(/slow-reply (\d+)/) ?? 0);
  const next = plannedCall(prompt, toolResults, toolNames);
  if (next !== undefined)
    return { text: `I use ${next.name}.`, toolCall: next, delayMs, failure: undefined, hangs: false };
  if (afterToolResult) {
    return { text: `Done: ${replyTo(prompt)}`, toolCall: undefined, delayMs, failure: undefined, hangs: false };
  }
  const command = word(/(?:run-shell|ask-first) ([^\n]+)/);
  const escalated = prompt.includes("ask-first");
  return {
    text: replyTo(prompt),
    toolCall: shellCall(command, toolNames, escalated),
    delayMs,
    failure: failureIn(prompt),
    hangs: prompt.includes("hang-forever"),
  };
}

/** What the model says to a prompt it has no orders in. */
export function replyTo(prompt: string): string {
  return `You said: ${prompt.trim().split(/\s+/).slice(0, 8).join(" ")}`;
}

/** The next call of those that the prompt lists. A search for tools is left out where there is nothing to search with. */
function plannedCall(prompt: string, done: number, toolNames: readonly string[]): ToolCall | undefined {
  const [, list = ""] = /use-tools\n([\s\S]*)/.exec(prompt) ?? [];
  const calls = [...list.matchAll(/^(\S+) (\{.*\})$/gm)]
    .map(([, name = "", input = ""]) => ({ name, input }))
    .filter(({ name }) => !/search/i.test(name) || toolNames.includes(name));
  const call = calls[done];
  const name = toolNames.find((tool) => call !== undefined && tool.endsWith(call.name));
  return name === undefined ? undefined : { name, input: JSON.parse(call?.input ?? "{}") };
}

function failureIn(prompt: string): Failure | undefined {
  const [, status, quota, retryAfter] = /fail-http (\d{3})( quota)?(?: retry-after (\d+))?/.exec(prompt) ?? [];
  if (status === undefined) return undefined;
  return {
    status: Number(status),
    quota: quota !== undefined,
    retryAfter: retryAfter === undefined ? undefined : Number(retryAfter),
  };
}

/** A moment as the APIs say it: in seconds since 1970. */
export function secondsFromNow(seconds: number): number {
  return Math.round(Date.now() / 1000) + seconds;
}

/** The user's own words in a text block; nothing when the agent wrote it. */
export function ownWords(block: string): string[] {
  const text = block.replace(/<(system-reminder|current_datetime)>[\s\S]*?<\/\1>/g, "").trim();
  return text === "" || writtenByAgent.test(text) ? [] : [text];
}

const writtenByAgent =
  /^<(system-reminder|environment_context|user_instructions|permissions|session_context|collaboration_mode|skills_instructions|apps_instructions|plugins_instructions|multi_agent|command-|local-command)|^# AGENTS\.md|^Tool loaded\.$|^Base directory for this skill: |^This is the Qwen Code\./i;

/** Claude Code asks about every command that is not known to be harmless, Codex about those that want to leave its sandbox. */
function shellCall(command: string | undefined, toolNames: readonly string[], escalated = false): ToolCall | undefined {
  if (command === undefined) return undefined;
  const known: Readonly<Record<string, ToolCall["input"]>> = {
    Bash: { command, description: "what the user asked for" },
    bash: { command, description: "what the user asked for" },
    run_shell_command: { command, description: "what the user asked for" },
    exec_command: { cmd: command, ...(escalated ? leavingSandbox : {}) },
  };
  const name = Object.keys(known).find((tool) => toolNames.includes(tool));
  return name === undefined ? undefined : { name, input: known[name] ?? {} };
}

const leavingSandbox = { sandbox_permissions: "require_escalated", justification: "May I?" };
