import type { ToolKind, ToolUse } from "./adapter.ts";

/** What the tools of the agents call the argument that says most, the most telling first. */
const telling = [
  "command",
  "cmd",
  "file_path",
  "filePath",
  "absolute_path",
  "path",
  "pattern",
  "query",
  "url",
  "prompt",
];

/** What an agent calls the tools that all agents have. */
export type ToolNames = Readonly<Partial<Record<ToolKind, readonly string[]>>>;

/** A use of a tool with the argument that says most of it: an input of which none is known is worded as JSON. */
export function toolUse(
  names: ToolNames,
  at: Date | undefined,
  tool = "tool",
  input: Readonly<Record<string, unknown>> = {},
): ToolUse {
  const value = telling.map((name) => input[name]).find((argument) => argument !== undefined);
  const kind = (Object.keys(names) as ToolKind[]).find((each) => names[each]?.includes(tool));
  return {
    at,
    by: "tool",
    tool,
    ...(kind === undefined ? {} : { kind }),
    argument: value === undefined ? wordsOf(input) : wordsOf(value),
  };
}

function wordsOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((word) => typeof word === "string")) return value.join(" ");
  const text = JSON.stringify(value);
  return text === "{}" ? "" : text;
}
