import { test } from "bun:test";
import { type RealAgent, realAgent } from "./real-agent.ts";
import { type AgentName, type AnyAgentName, agentNames } from "./users.ts";

type Play<Name extends AnyAgentName = AgentName> = (agent: RealAgent<Name>) => Promise<void>;

/**
 * A test with each of the real agents that can do all. Afterwards all agents are killed, and the test fails if anything but branches is
 * left of them. When it has failed already, that error is the one that is shown.
 */
export function scenario(what: string, play: Play): void {
  scenarioOf(["claude", "codex"], what, play);
}

/** The same with every agent. */
export function scenarioForAll(what: string, play: Play): void {
  scenarioOf(agentNames, what, play);
}

/** The same with those agents that can do less. */
export function scenarioForOthers(what: string, play: Play<AnyAgentName>): void {
  scenarioOf(["gemini", "opencode", "qwen", "copilot"], what, play, slowMilliseconds);
}

/** The same with all of them. */
export function scenarioForAllKinds(what: string, play: Play<AnyAgentName>): void {
  scenarioOf([...agentNames, "qwen", "copilot"], what, play, slowMilliseconds);
}

/** opencode alone may take ten seconds to start, and a minute on a busy machine. */
const slowMilliseconds = 600_000;

function scenarioOf<Name extends AnyAgentName>(
  names: readonly Name[],
  what: string,
  play: Play<Name>,
  timeoutMs?: number,
): void {
  for (const name of names) {
    const played = async () => {
      const agent = await realAgent(name);
      try {
        await play(agent);
        await agent.endAll();
      } catch (error) {
        await agent.end().catch(() => undefined);
        throw error;
      }
      await agent.end();
    };
    test(`${name} ${what}`, played, timeoutMs === undefined ? {} : { timeout: timeoutMs });
  }
}
