import type { ShownAgent } from "../api/agents.ts";
import { hasHosts } from "../api/has-hosts.ts";
import { chooseAgent } from "../api/targets.ts";
import { FleetError } from "../errors.ts";
import { currentRepositoryRoot, type Fleet, statePlaces } from "../fleet/fleet.ts";
import { lookAtAgents } from "../fleet/watch/observe.ts";
import { needsUser, statusWords } from "../fleet/watch/status.ts";
import { wantsColour } from "../output/colour.ts";
import type { AgentEntry } from "../state/entry.ts";
import { readRegistry } from "../state/registry.ts";
import type { Application } from "./application.ts";
import { attachTo } from "./attach-to.ts";
import { defineFleetCommand } from "./definition.ts";
import { canShowScreen } from "./home.ts";
import { branchOperand } from "./targets.ts";

export default defineFleetCommand({
  name: "attach",
  args: {
    branch: {
      ...branchOperand,
      required: false,
      description: "the agent; else the one that needs you, of several the one you choose",
    },
    "read-only": { type: "boolean", alias: "r", description: "look, without being able to type" },
  },
  details: ["Inside tmux the client is switched to the agent's session. To leave it, press the tmux prefix and d."],
  examples: [
    { command: "fleet attach fix-42", explanation: "enter the session of an agent" },
    { command: "fleet attach", explanation: "go to the agent that needs you" },
  ],
  async run(args, { application }) {
    const fleet = await application.openFleet({ looks: true });
    const entry =
      args.branch === undefined
        ? await nextInNeed(application, fleet)
        : await chooseAgent(fleet, args.branch, { reachesOut: true, away: "known" });
    if (entry === undefined) return 0;
    return attachTo(application, fleet, entry, { readOnly: args["read-only"] === true });
  },
});

/** The agent that needs the user; where several do and there is a terminal, the one that they choose there, if any. */
async function nextInNeed(application: Application, fleet: Fleet): Promise<AgentEntry | undefined> {
  const repository = await currentRepositoryRoot(fleet);
  const entries = readRegistry(statePlaces(fleet)).filter(
    ({ repo }) => repository === undefined || repo === repository,
  );
  const isHere = ({ entry }: ShownAgent) => repository === undefined || entry.repo === repository;
  const [here, elsewhere] = await Promise.all([lookAtAgents(fleet, entries), agentsElsewhere(fleet)]);
  const [next, ...others] = [...here, ...elsewhere.filter(isHere)]
    .filter(canBeHelped)
    .sort((a, b) => statusWords.indexOf(a.status.word) - statusWords.indexOf(b.status.word));
  if (next === undefined) {
    throw new FleetError("failed", "no agent here needs you", {
      hint: "to enter one all the same, run fleet attach BRANCH",
    });
  }
  return others.length > 0 && canShowScreen(application.environment)
    ? chosenOnScreen(application, fleet, repository)
    : next.entry;
}

/** What hosts say of the agents there; nothing is loaded where there are none. */
async function agentsElsewhere(fleet: Fleet): Promise<readonly ShownAgent[]> {
  if (!hasHosts(fleet)) return [];
  const { lookAcross } = await import("../api/across/list.ts");
  return (await lookAcross(fleet, { pss: false, fresh: false, cost: false })).agents;
}

/** There is a session to attach to, and a reason. A session on another machine is looked for there, and what it has to say is said. */
function canBeHelped({ status, pane, host }: Pick<ShownAgent, "status" | "pane" | "host">): boolean {
  return needsUser(status) && (host !== undefined || pane !== undefined);
}

async function chosenOnScreen(
  application: Application,
  fleet: Fleet,
  repository: string | undefined,
): Promise<AgentEntry | undefined> {
  const { openScreen } = await import("./screen/screen.ts");
  return openScreen(application, fleet, {
    view: {
      targets: [],
      except: [],
      all: false,
      all_repositories: false,
      grouped: false,
      cost: false,
      pss: false,
      fresh: false,
      overlap: false,
      hosts: true,
      repository,
    },
    style: { colour: wantsColour(application.environment) },
    arrange: (agents) => agents.filter(canBeHelped),
    picks: true,
  });
}
