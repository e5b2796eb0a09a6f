import { test } from "bun:test";
import { type RealAgent, realAgent } from "./real-agent.ts";
import { type AgentName, agentNames } from "./users.ts";

type Play = (agent: RealAgent) => Promise<void>;

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

function scenarioOf(names: readonly AgentName[], what: string, play: Play): void {
  for (const name of names) {
    test(`${name} ${what}`, async () => {
      const agent = await realAgent(name);
      try {
        await play(agent);
        await agent.endAll();
      } catch (error) {
        await agent.end().catch(() => undefined);
        throw error;
      }
      await agent.end();
    });
  }
}
