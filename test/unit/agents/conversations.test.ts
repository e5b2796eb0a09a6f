import { expect, test } from "bun:test";
import type { ToolKind } from "../../../src/agents/adapter.ts";
import { claude } from "../../../src/agents/claude/claude.ts";
import { codex } from "../../../src/agents/codex/codex.ts";
import { gemini } from "../../../src/agents/gemini/gemini.ts";
import { opencode } from "../../../src/agents/opencode/opencode.ts";
import { lastOfConversation } from "../../../src/fleet/watch/conversation.ts";
import { homeWith, opencodeHome, placeIn, type Recorded, rowsOf } from "./recordings.ts";
import { placeOf } from "./samples.ts";

const agents = { claude, codex, gemini, opencode };

function linesIn(agent: Recorded, name: string): readonly string[] {
  const home = agent === "opencode" ? opencodeHome(name) : homeWith(agent, rowsOf(agent, name));
  return lastOfConversation(agents[agent].conversation?.(placeIn(home)) ?? [], placeOf().worktree, 100).lines;
}

const withTool = [
  "> run-shell echo hi; touch x",
  "",
  "You said: run-shell echo hi; touch x",
  "",
  "  $ echo hi; touch x",
  "",
  "Done: You said: run-shell echo hi; touch x",
];

for (const agent of ["claude", "codex", "gemini", "opencode"] as const) {
  test(`${agent} wrote down a turn in which it used a tool`, () => {
    expect(linesIn(agent, "tool")).toEqual(withTool);
  });
}

const others: readonly (readonly [Recorded, string, readonly string[]])[] = [
  ["claude", "interrupted", ["> hang-forever"]],
  [
    "claude",
    "rejected",
    [
      "> ask-first touch y",
      "",
      "You said: ask-first touch y",
      "",
      "  $ touch y",
      "",
      "> [Request interrupted by user for tool use]",
    ],
  ],
  ["claude", "401", ["> fail-http 401 x", "", "! Not logged in · Please run /login"]],
  ["codex", "interrupted", ["> hang-forever"]],
  ["codex", "401", ["> fail-http 401 x", "", "! Incorrect API key provided: none."]],
  ["gemini", "interrupted", ["> hang-forever"]],
  ["gemini", "rejected", ["> ask-first touch y", "", "You said: ask-first touch y", "", "  $ touch y"]],
  ["gemini", "401", ["> fail-http 401 x", "", "! Request had invalid authentication credentials."]],
  ["opencode", "404", ["> fail-http 404 x", "", "! The model 'none' does not exist or you do not have access to it."]],
];

for (const [agent, name, lines] of others) {
  test(`${agent} wrote down a turn that was like this: ${name}`, () => {
    expect(linesIn(agent, name)).toEqual([...lines]);
  });
}

test("an agent that has not written anything has said nothing", () => {
  for (const agent of Object.values(agents)) {
    expect([
      ...(agent.conversation?.(placeOf({ agentSession: "a", environment: { HOME: "/nowhere" } })) ?? []),
    ]).toEqual([]);
  }
});

test("what comes last in a conversation is told without reading the rest", () => {
  let read = 0;
  function* endless() {
    for (;;) {
      read += 1;
      yield { at: undefined, by: "agent" as const, text: "first line\n\nlast line\n" };
    }
  }
  expect(lastOfConversation(endless(), "/w", 5).lines).toEqual(["last line", "", "first line", "", "last line"]);
  expect(read).toBeLessThanOrEqual(3);
  expect(lastOfConversation(endless(), "/w", 0)).toEqual({ parts: [], lines: [] });
});

test("a use of a tool is one line that is not too long, with files by their path in the worktree", () => {
  const use = (tool: string, argument: string, kind?: ToolKind) => ({
    ...{ at: undefined, by: "tool" as const, tool, argument },
    ...(kind === undefined ? {} : { kind }),
  });
  const uses = [
    use("Bash", `echo ${"x".repeat(200)}`, "run"),
    use("exec_command", "cat <<E\nlines\nE", "run"),
    use("Edit", "/w/src/a.ts", "edit"),
    use("mcp__tracker__search", "open issues"),
    use("TodoWrite", ""),
  ];
  expect(lastOfConversation(uses.toReversed(), "/w", 100).lines).toEqual([
    `  $ echo ${"x".repeat(94)}…`,
    "  $ cat <<E lines E",
    "  edit src/a.ts",
    "  mcp__tracker__search open issues",
    "  TodoWrite",
  ]);
});

test("a patch of codex is told by its files", () => {
  const patch = "*** Begin Patch\n*** Update File: src/a.ts\n@@\n-a\n+b\n*** Add File: b.md\n+hello\n*** End Patch";
  const row = { type: "response_item", payload: { type: "custom_tool_call", name: "apply_patch", input: patch } };
  const rows = `${rowsOf("codex", "tool").split("\n")[0]}\n${JSON.stringify(row)}\n`;
  const parts = codex.conversation?.(placeIn(homeWith("codex", rows))) ?? [];
  expect(lastOfConversation(parts, "/w", 9).lines).toEqual(["  edit src/a.ts, b.md"]);
});
