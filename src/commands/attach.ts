import { parted } from "../api/away.ts";
import { chooseAgent } from "../api/targets.ts";
import { FleetError } from "../errors.ts";
import { currentRepositoryRoot, type Fleet, statePlaces } from "../fleet/fleet.ts";
import { lookAtAgents, type Observation } from "../fleet/watch/observe.ts";
import { needsUser, statusWords } from "../fleet/watch/status.ts";
import { wantsColour } from "../output/colour.ts";
import type { AwayAgent } from "../state/away.ts";
import type { AgentEntry } from "../state/entry.ts";
import { readRegistry } from "../state/registry.ts";
import { runOnTerminal } from "../system/exec.ts";
import { shellWord } from "../system/shell.ts";
import { isTerminal } from "../system/terminal.ts";
import type { Application } from "./application.ts";
import { attachTo } from "./attach-to.ts";
import { type CommandResult, defineFleetCommand } from "./definition.ts";
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
    const [away] = parted(fleet, [entry]).away;
    if (away !== undefined) return attachAway(application, fleet, away, args["read-only"] === true);
    return attachTo(application, fleet, entry, args["read-only"] === true);
  },
});

async function attachAway(
  { environment }: Application,
  fleet: Fleet,
  away: AwayAgent,
  readOnly: boolean,
): Promise<CommandResult> {
  if (!isTerminal(0) || !isTerminal(1)) {
    throw new FleetError("usage", "attach needs a terminal, and there is none", {
      hint: `to read what the agent shows, run fleet logs ${shellWord(away.entry.branch)}`,
    });
  }
  const { attachOnHost } = await import("../api/across/attach.ts");
  const code = await attachOnHost(fleet, away, readOnly, (argv) =>
    runOnTerminal(argv, { environment, cancelled: fleet.cancelled }),
  );
  fleet.cancelled.throwIfAborted();
  return code === 0 ? 0 : 1;
}

/** The agent that needs the user; where several do and there is a terminal, the one that they choose there, if any. */
async function nextInNeed(application: Application, fleet: Fleet): Promise<AgentEntry | undefined> {
  const repository = await currentRepositoryRoot(fleet);
  const entries = readRegistry(statePlaces(fleet)).filter(
    ({ repo }) => repository === undefined || repo === repository,
  );
  const observations = await lookAtAgents(fleet, entries);
  const [next, ...others] = observations
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

/** There is a session to attach to, and a reason. */
function canBeHelped({ status, pane }: Pick<Observation, "status" | "pane">): boolean {
  return needsUser(status) && pane !== undefined;
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
      hosts: false,
      repository,
    },
    style: { colour: wantsColour(application.environment) },
    arrange: (agents) => agents.filter(canBeHelped),
    picks: true,
  });
}
