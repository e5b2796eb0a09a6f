import { bareTool } from "./bare-tool.ts";
import type { Step } from "./measure.ts";
import type { Place } from "./place.ts";
import { makeRepository } from "./repository.ts";

/** A message to agents that are idle; the bare tool pastes it and does not look whether it has arrived. */
export async function promptContest(place: Place, agents: number): Promise<readonly Step[]> {
  const directory = await makeRepository(place, 20);
  await place.run([place.fleet, "fanout", `${agents}`, "told", "--agent", "demo", "-p", "work 0"], directory);
  const bare = `tmux load-buffer, paste-buffer, send-keys, ${agents} agents`;
  const before = async () => {
    await place.run([place.fleet, "wait", "told"], directory);
    await place.rest();
  };
  return [
    { label: bare, directory, before, argv: () => [bareTool("prompt"), place.socket, "work 0"] },
    {
      label: `fleet prompt, ${agents} agents`,
      beside: bare,
      directory,
      before,
      argv: () => [place.fleet, "prompt", "told", "-p", "work 0"],
    },
  ];
}
