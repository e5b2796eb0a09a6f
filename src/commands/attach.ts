import { chooseAgent } from "../api/targets.ts";
import { FleetError } from "../errors.ts";
import { currentRepositoryRoot, type Fleet, serverAt, statePlaces } from "../fleet/fleet.ts";
import { observeAgent, observeAgents } from "../fleet/watch/observe.ts";
import { needsUser, statusWords } from "../fleet/watch/status.ts";
import type { AgentEntry } from "../state/entry.ts";
import { readRegistry } from "../state/registry.ts";
import { runOnTerminal } from "../system/exec.ts";
import { shellWord } from "../system/shell.ts";
import { isTerminal } from "../system/terminal.ts";
import { attachCommand, defaultSocket } from "../system/tmux/server.ts";
import { switchClient } from "../system/tmux/sessions.ts";
import type { Application } from "./application.ts";
import { type CommandResult, defineFleetCommand } from "./definition.ts";
import { branchOperand } from "./targets.ts";

export default defineFleetCommand({
  name: "attach",
  args: {
    branch: { ...branchOperand, required: false, description: "the agent; else the next that needs you" },
    "read-only": { type: "boolean", alias: "r", description: "look, without being able to type" },
  },
  details: ["Inside tmux the client is switched to the agent's session. To leave it, press the tmux prefix and d."],
  examples: [
    { command: "fleet attach fix-42", explanation: "enter the session of an agent" },
    { command: "fleet attach", explanation: "go to the next agent that needs you" },
  ],
  async run(args, { application }) {
    const fleet = await application.openFleet({ looks: true });
    const entry = args.branch === undefined ? await nextInNeed(fleet) : await chooseAgent(fleet, args.branch);
    return attachTo(application, fleet, entry, args["read-only"] === true);
  },
});

/** Shows the session of an agent on the user's terminal, until they leave it. */
export async function attachTo(
  { environment }: Application,
  fleet: Fleet,
  entry: AgentEntry,
  readOnly: boolean,
): Promise<CommandResult> {
  const { pane, status } = await observeAgent(fleet, entry);
  if (pane === undefined) {
    throw new FleetError(
      "failed",
      `${entry.branch} has no session: ${status.word}${status.reason ? ` (${status.reason})` : ""}`,
      {
        hint: `to see what it did, run fleet logs ${shellWord(entry.branch)}`,
      },
    );
  }
  const server = serverAt(fleet, entry.socket);
  if (environment.TMUX && defaultSocket(environment) === entry.socket) {
    await switchClient(server, pane.session, readOnly);
    return 0;
  }
  if (!isTerminal(0) || !isTerminal(1)) {
    throw new FleetError("usage", "attach needs a terminal, and there is none", {
      hint: `to read what the agent shows, run fleet logs ${shellWord(entry.branch)}`,
    });
  }
  // A client inside a client of another server: tmux only agrees when it does not see the outer one.
  const { TMUX: _, ...outside } = environment;
  const code = await runOnTerminal(attachCommand(server, pane.session, readOnly), { environment: outside });
  if (code === 0) return 0;
  if ((await observeAgent(fleet, entry)).pane === undefined) return 1;
  throw new FleetError(
    "failed",
    `tmux could not show ${entry.branch} on a terminal with ${terminalType(environment)}`,
    {
      hint: `to try a type that tmux itself brings along, run TERM=screen fleet attach ${shellWord(entry.branch)}`,
    },
  );
}

function terminalType({ TERM }: Application["environment"]): string {
  return TERM ? `TERM=${shellWord(TERM)}` : "no TERM";
}

async function nextInNeed(fleet: Fleet): Promise<AgentEntry> {
  const repository = await currentRepositoryRoot(fleet);
  const entries = readRegistry(statePlaces(fleet)).filter(
    ({ repo }) => repository === undefined || repo === repository,
  );
  const observations = await observeAgents(fleet, entries);
  const [next] = observations
    .filter(({ status, pane }) => needsUser(status) && pane !== undefined)
    .sort((a, b) => statusWords.indexOf(a.status.word) - statusWords.indexOf(b.status.word));
  if (next !== undefined) return next.entry;
  throw new FleetError("failed", "no agent here needs you", {
    hint: "to enter one all the same, run fleet attach BRANCH",
  });
}
