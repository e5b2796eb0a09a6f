import { allocateClusters } from "../api/across/clusters.ts";
import { withLinks } from "../api/across/links.ts";
import { type Moved, moveAgent } from "../api/across/move.ts";
import { sourceOf } from "../api/across/whereabouts.ts";
import { chooseAgent } from "../api/targets.ts";
import { FleetError } from "../errors.ts";
import { statePlaces } from "../fleet/fleet.ts";
import { destinationWords } from "../fleet/operations/move/pending-move.ts";
import { readJournal } from "../state/journal.ts";
import type { Application } from "./application.ts";
import { defineFleetCommand } from "./definition.ts";
import { branchOperand } from "./targets.ts";

export default defineFleetCommand({
  name: "move",
  args: {
    branch: branchOperand,
    host: { type: "string", valueHint: "NAME", excludes: ["here"], description: "to this host" },
    here: { type: "boolean", description: "to this machine" },
  },
  details: [
    "The agent is stopped, goes with its branch and unsaved files, and goes on there. Claude Code goes on with its conversation; other " +
      "agents start a new one, with no prompt. Ignored files, such as installed packages, stay behind: setup commands of that machine run.",
    "If it cannot get there, it goes on where it was. If nobody can tell whether it got there, it stays stopped, and the same command finds out.",
  ],
  examples: [
    { command: "fleet move fix-42 --host gpu1", explanation: "let an agent go on where there is more room" },
    { command: "fleet move fix-42 --here", explanation: "and bring it back" },
  ],
  async run({ branch, host, here }, { application }) {
    if ((host === undefined) === (here !== true)) {
      throw new FleetError("usage", "say where to: --host NAME or --here", { hint: "see fleet move --help" });
    }
    const fleet = await application.openFleet();
    const begun = readJournal(statePlaces(fleet)).find(
      ({ move }) => move?.agent.branch === branch && move.to === destinationWords(host),
    );
    const entry = await chooseAgent(fleet, branch, { reachesOut: false, away: "known" });
    const source = sourceOf(fleet, entry, host);
    if (source === undefined ? here === true : source.host === host) {
      if (begun?.move?.agent.id === entry.id) {
        // All but its end had been done, and that the look at the agents has done.
        report(application, { entry, host, running: begun.move.ran === true, goesOn: undefined, warnings: [] });
        return 0;
      }
      throw new FleetError("usage", `${entry.branch} is already ${host === undefined ? "here" : `on ${host}`}`, {
        hint: "to see all agents and where they are, run fleet list",
      });
    }
    const names = [...(source === undefined ? [] : [source.host]), ...(host === undefined ? [] : [host])];
    if (host !== undefined) await allocateClusters(fleet, [host]);
    const moved = await withLinks(fleet, names, async ({ links, silent }) => {
      const [unreached] = silent;
      if (unreached !== undefined) throw unreached.error;
      const linkTo = (name: string | undefined) => links.find((link) => link.host.name === name);
      const to = linkTo(host);
      return moveAgent(fleet, { entry, away: source, machine: linkTo(source?.host) }, to);
    });
    report(application, moved);
    return moved.warnings.length === 0 ? 0 : 1;
  },
});

function report(application: Application, { entry, host, running, goesOn, warnings }: Moved): void {
  for (const warning of warnings) application.narration.warning(`${entry.branch}: ${warning}`);
  if (application.json) {
    application.answerJson({ agents: [{ ...entry, ...(host === undefined ? {} : { host }), running }] });
    return;
  }
  const conversation = goesOn === true ? "goes on with its conversation" : "runs, with a new conversation";
  const state = goesOn === undefined ? "runs" : conversation;
  application.answer([
    `  ${entry.branch}  is ${host === undefined ? "here" : `on ${host}`}  ${running ? state : "does not run"}`,
  ]);
}
