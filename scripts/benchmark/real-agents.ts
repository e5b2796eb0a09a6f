import { globSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { startMockModelServer } from "../../test/real-agents/mock-model-server.ts";
import { userOf } from "../../test/real-agents/users.ts";
import type { Step } from "./measure.ts";
import type { Place } from "./place.ts";
import { makeRepository } from "./repository.ts";

const seconds = 1000;
const createAndWait = ["--wait", "--timeout", "60s", "-p", "say something"];
const fanoutAndWait = '"$0" fanout 5 "$1" --agent "$2" -p "say something" && "$0" wait "$1" --timeout 60s';

/** From the command to the reply of a real agent, whose model is a stand-in on this machine that answers at once. */
export async function realAgentContest(place: Place, name: "claude" | "codex"): Promise<readonly Step[]> {
  const model = startMockModelServer();
  const user = userOf(name, place, model);
  place.export({ ...user, PATH: `${dirname(installed(name))}:${process.env.PATH}` });
  const directory = await makeRepository(place, 20);
  const endAll = () => place.run([place.fleet, "kill", "--all", "-y"], directory);
  place.defer(async () => {
    await endAll();
    model.stop();
  });
  const before = async () => {
    await endAll();
    await place.rest();
  };
  return [
    {
      label: `fleet create to the first reply, ${name}`,
      directory,
      before,
      budgetMilliseconds: 10 * seconds,
      argv: (round) => [place.fleet, "create", `one-${round}`, "--agent", name, ...createAndWait],
    },
    {
      label: `fleet fanout 5 to all replies, ${name}`,
      directory,
      before,
      budgetMilliseconds: 20 * seconds,
      argv: (round) => ["sh", "-c", fanoutAndWait, place.fleet, `five-${round}`, name],
    },
  ];
}

function installed(name: string): string {
  const [program] = globSync(`../../.tools/agents/${name}-*/node_modules/.bin/${name}`, { cwd: import.meta.dir });
  if (program === undefined) throw new Error(`${name} is not in .tools/agents; to install it, run scripts/real-agents`);
  return resolve(import.meta.dir, program);
}
