import type { Step } from "./measure.ts";
import type { Place } from "./place.ts";
import { makeRepository } from "./repository.ts";

const listedAgents = 20;
const kinds = ["write-guard", "bubblewrap"] as const;

/** Starting an agent in each sandbox that takes no engine, and looking at many in one, beside the same without. */
export async function sandboxContest(place: Place): Promise<readonly Step[]> {
  const directory = await makeRepository(place, 20);
  const plain = "fleet create, without a sandbox";
  const list = `fleet list, ${listedAgents} agents without a sandbox`;
  const launch = ["--agent", "demo", "-p", "make a note"];
  await place.run([place.fleet, "fanout", `${listedAgents}`, "plain", ...launch], directory);
  await place.run([place.fleet, "fanout", `${listedAgents}`, "held", ...launch, "--sandbox", "bubblewrap"], directory);
  const rest = () => place.rest();
  const create = (kind: string) => ({
    directory,
    before: rest,
    argv: (round: number) => [place.fleet, "create", `${kind}-${round}`, "--agent", "demo", "--sandbox", kind],
  });
  return [
    { ...create("none"), label: plain },
    ...kinds.map((kind) => ({ ...create(kind), label: `fleet create, ${kind}`, beside: plain })),
    { label: list, directory, before: rest, argv: () => [place.fleet, "list", "plain-*"] },
    {
      label: `fleet list, ${listedAgents} agents in bubblewrap`,
      beside: list,
      directory,
      before: rest,
      argv: () => [place.fleet, "list", "held-*"],
    },
  ];
}
