import { test } from "bun:test";
import { agentNames, type RealAgent, realAgent } from "./real-agent.ts";

/**
 * A test with each real agent. Afterwards all agents are killed, and the test fails if anything but branches is left of them. When
 * it has failed already, that error is the one that is shown.
 */
export function scenario(what: string, play: (agent: RealAgent) => Promise<void>): void {
  for (const name of agentNames) {
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
