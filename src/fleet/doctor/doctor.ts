import { knownAgents } from "../../agents/catalog.ts";
import { sandboxes } from "../../sandboxes/catalog.ts";
import { currentRepositoryRoot, type Fleet } from "../fleet.ts";
import type { Examination } from "./examination.ts";
import { examineMirrors } from "./mirrors.ts";
import { examinePlaces } from "./places.ts";
import { examineAgent, examineTool } from "./programs.ts";
import { examineQuotas } from "./quotas.ts";
import { examineJournal, examineRegistry, examineRepositories, examineTrash } from "./records.ts";
import { examineCaps, examineSandbox } from "./sandboxes.ts";
import { examineDaemons, examineServer, examineSockets, examineUnattached } from "./sessions.ts";

/** Looks at everything the fleet stands on, and says how to fix what does not hold. Nothing is changed. */
export async function examine(fleet: Fleet): Promise<Examination[]> {
  const { config, mistake } = fleet.settings;
  const repository = await repositoryHere(fleet);
  const results = await Promise.all([
    examineTool(fleet, "git", ["--version"]),
    examineTool(fleet, "tmux", ["-V"]),
    ...knownAgents(config.agents).map((adapter) => examineAgent(fleet, adapter, repository)),
    ...Object.entries(sandboxes).map(([name, sandbox]) => examineSandbox(fleet, name, sandbox)),
    examineCaps(fleet),
    examineServer(fleet),
    examineRegistry(fleet),
  ]);
  const rare = (
    await Promise.all([
      examineUnattached(fleet),
      examineDaemons(fleet),
      examineSockets(fleet),
      examineJournal(fleet),
      examineRepositories(fleet),
      examinePlaces(fleet),
      examineTrash(fleet),
      examineMirrors(fleet, repository),
    ])
  ).flat();
  const quotas = await examineQuotas(fleet);
  const configuration: Examination = {
    subject: "config",
    verdict: mistake === undefined ? "fine" : "trouble",
    finding: mistake?.message ?? fleet.settings.file,
    remedy: mistake?.hint,
  };
  return [...results, ...rare, ...quotas, configuration];
}

/** What is wrong with git is said of git. */
async function repositoryHere(fleet: Fleet): Promise<string | undefined> {
  return currentRepositoryRoot(fleet).catch(() => undefined);
}
