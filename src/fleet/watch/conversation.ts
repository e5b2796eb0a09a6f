import type { ConversationPart, ToolUse } from "../../agents/adapter.ts";

/** The end of a conversation, as it is read. */
interface ConversationEnd {
  /** What the lines are of, the oldest first; of the first part there may be fewer lines. */
  readonly parts: readonly ConversationPart[];
  readonly lines: readonly string[];
}

/**
 * Words a conversation, which comes with the newest part first, and reads no more of it than for so many lines: prompts behind `>`,
 * replies as they are, uses of tools indented and in one line, files in the worktree by the path in it.
 */
export function lastOfConversation(
  newestFirst: Iterable<ConversationPart>,
  worktree: string,
  count: number,
): ConversationEnd {
  const parts: ConversationPart[] = [];
  const lines: string[] = [];
  for (const part of newestFirst) {
    if (lines.length >= count) break;
    const below = parts.at(-1);
    if (below !== undefined && !(below.by === "tool" && part.by === "tool")) lines.push("");
    lines.push(...linesOf(part, worktree).reverse());
    parts.push(part);
  }
  return { parts: parts.reverse(), lines: lines.slice(0, count).reverse() };
}

function linesOf(part: ConversationPart, worktree: string): string[] {
  switch (part.by) {
    case "user":
      return textLines(part.text).map((line) => `> ${line}`.trimEnd());
    case "agent":
      return textLines(part.text);
    case "error":
      return textLines(part.text).map((line) => `! ${line}`);
    case "tool":
      return [`  ${toolWord(part)} ${shortened(part.argument.replaceAll(`${worktree}/`, ""))}`.trimEnd()];
  }
}

/** What runs a command is told by the prompt of a shell. */
function toolWord({ kind, tool }: ToolUse): string {
  return kind === "run" ? "$" : (kind ?? tool);
}

function textLines(text: string): string[] {
  return text
    .replace(/^\s*\n/, "")
    .trimEnd()
    .split("\n");
}

const longestArgument = 100;

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > longestArgument ? `${line.slice(0, longestArgument - 1)}…` : line;
}
