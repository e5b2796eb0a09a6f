import type { AgentAdapter } from "./adapter.ts";
import { claude } from "./claude/claude.ts";
import { codex } from "./codex/codex.ts";
import { type CustomDefinition, customAgent } from "./custom.ts";
import { demo } from "./demo/demo.ts";
import { gemini } from "./gemini/gemini.ts";
import { opencode } from "./opencode/opencode.ts";

/** The agents that fleet knows itself. */
export const builtInAgents: readonly AgentAdapter[] = [claude, codex, gemini, opencode, demo];
const otherNames: Readonly<Record<string, string>> = { codecs: "codex" };

/** Every agent that can be named: those we know, then those the user configured, which may replace one of ours. */
export function knownAgents(custom: Readonly<Record<string, CustomDefinition>>): AgentAdapter[] {
  const configured = Object.entries(custom).map(([name, definition]) => customAgent(name, definition));
  const replaced = new Set(configured.map(({ name }) => name));
  return [...builtInAgents.filter(({ name }) => !replaced.has(name)), ...configured];
}

/** The agent with this name, or one of its other names. */
export function findAgent(name: string, custom: Readonly<Record<string, CustomDefinition>>): AgentAdapter | undefined {
  const known = knownAgents(custom);
  return known.find((agent) => agent.name === name) ?? known.find((agent) => agent.name === otherNames[name]);
}
