import type { AgentAdapter, CommandLine } from "./adapter.ts";
import { claude } from "./claude/claude.ts";
import { codex } from "./codex/codex.ts";
import { copilot } from "./copilot/copilot.ts";
import { type CustomDefinition, customAgent } from "./custom.ts";
import { demo } from "./demo/demo.ts";
import { gemini } from "./gemini/gemini.ts";
import { opencode } from "./opencode/opencode.ts";
import { qwen } from "./qwen/qwen.ts";

/** The agents that fleet knows itself. */
export const builtInAgents: readonly AgentAdapter[] = [claude, codex, gemini, opencode, qwen, copilot, demo];
const otherNames: Readonly<Record<string, string>> = { codecs: "codex" };

/**
 * Every agent that can be named: those we know, then those the user configured. A table for one of ours that runs its own command sets
 * its flags and variables; with another command it replaces it.
 */
export function knownAgents(custom: Readonly<Record<string, CustomDefinition>>): AgentAdapter[] {
  const configured = Object.entries(custom).map(([name, definition]) => {
    const ours = builtInAgents.find((agent) => agent.name === name && agent.executable === definition.command);
    return ours === undefined ? customAgent(name, definition) : withSettings(ours, definition);
  });
  const replaced = new Set(configured.map(({ name }) => name));
  return [...builtInAgents.filter(({ name }) => !replaced.has(name)), ...configured];
}

/** The agent with this name, or one of its other names. */
export function findAgent(name: string, custom: Readonly<Record<string, CustomDefinition>>): AgentAdapter | undefined {
  const known = knownAgents(custom);
  return known.find((agent) => agent.name === name) ?? known.find((agent) => agent.name === otherNames[name]);
}

function withSettings(agent: AgentAdapter, { flags, env }: CustomDefinition): AgentAdapter {
  const withVariables = <Line extends CommandLine>(line: Line): Line => ({
    ...line,
    environment: { ...env, ...line.environment },
  });
  const { resume } = agent;
  return {
    ...agent,
    configuredFlags: flags,
    commandLine: (request) => withVariables(agent.commandLine(request)),
    ...(resume === undefined
      ? {}
      : {
          resume(request, place) {
            const line = resume.call(agent, request, place);
            return line === undefined ? undefined : withVariables(line);
          },
        }),
  };
}
