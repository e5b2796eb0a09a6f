import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Step } from "./measure.ts";
import type { Place } from "./place.ts";
import { makeRepository } from "./repository.ts";

const listedAgents = 20;
const kinds = ["write-guard", "bubblewrap"] as const;

/** Starting an agent in each sandbox, and looking at many in one, beside the same without; in podman beside a container by hand. */
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
    ...(await podmanSteps(place, directory, create)),
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

type Create = (kind: string) => Omit<Step, "label">;

/** None where podman cannot make containers. It finds its settings where the user has them. */
async function podmanSteps(place: Place, directory: string, create: Create): Promise<readonly Step[]> {
  const { CONTAINERS_CONF } = process.env;
  if (CONTAINERS_CONF !== undefined) place.export({ CONTAINERS_CONF });
  const root = join(place.root, "container");
  mkdirSync(root);
  const system = ["/usr", "/bin", "/lib", "/lib64", "/etc"].filter((path) => existsSync(path));
  const volumes = [...system.map((path) => `${path}:${path}:ro`), `${directory}:${directory}`];
  const options = ["--rm", "--network", "host", ...volumes.flatMap((volume) => ["--volume", volume])];
  const bare = ["podman", "run", ...options, "--rootfs", root, "/bin/true"];
  const works = await place.run(bare).then(
    () => true,
    () => false,
  );
  if (!works) return [];
  const label = "podman run of true, by hand";
  return [
    { label, directory, before: () => place.rest(), argv: () => bare },
    { ...create("podman"), label: "fleet create, podman", beside: label },
  ];
}
