import { FleetError } from "../errors.ts";
import { type Fleet, statePlaces } from "../fleet/fleet.ts";
import { typeToAgent } from "../fleet/talk/type.ts";
import { type AgentPane, panesOfAgents, screensOf, scrollbackOf } from "../fleet/watch/screens.ts";
import type { HostScreensAnswer, HostScreensInput } from "../model/wire/host-screens.ts";
import type { HostScrollbackAnswer, HostScrollbackInput } from "../model/wire/host-scrollback.ts";
import type { HostTypeAnswer, HostTypeInput } from "../model/wire/host-type.ts";
import { readRegistry } from "../state/registry.ts";

/** What the terminals of an owner's agents show, as far as it is not known; an agent without one is left out. Throws FleetError `failed`. */
export async function hostScreens(fleet: Fleet, { owner, agents }: HostScreensInput): Promise<HostScreensAnswer> {
  const marks = new Map(agents.map(({ id, mark }) => [id, mark]));
  const panes = await panesOf(fleet, owner, [...marks.keys()]);
  const seen = await screensOf(fleet, [...panes.values()]);
  const screens = [...seen].map(([id, { agentId: _, ...screen }]) => {
    const mark = Bun.hash(JSON.stringify(screen)).toString(36);
    return { id, mark, screen: marks.get(id) === mark ? null : { ...screen, lines: [...screen.lines] } };
  });
  return { screens };
}

/** Types into the terminal of an owner's agent. Throws FleetError `failed` when there is none. */
export async function hostType(fleet: Fleet, { owner, id, text, paste }: HostTypeInput): Promise<HostTypeAnswer> {
  await typeToAgent(fleet, await requirePane(fleet, owner, id), { text, paste });
  return {};
}

/** The last lines that left the terminal of an owner's agent at its top. Throws FleetError `failed` when there is none. */
export async function hostScrollback(
  fleet: Fleet,
  { owner, id, lines }: HostScrollbackInput,
): Promise<HostScrollbackAnswer> {
  return { lines: await scrollbackOf(fleet, await requirePane(fleet, owner, id), lines) };
}

async function requirePane(fleet: Fleet, owner: string, id: string): Promise<AgentPane> {
  const pane = (await panesOf(fleet, owner, [id])).get(id);
  if (pane !== undefined) return pane;
  throw new FleetError("failed", "this agent has no terminal now", {
    code: "no-terminal",
    hint: "to see what became of it, run fleet list",
  });
}

function panesOf(fleet: Fleet, owner: string, ids: readonly string[]): Promise<Map<string, AgentPane>> {
  const entries = readRegistry(statePlaces(fleet));
  return panesOfAgents(
    fleet,
    entries.filter((entry) => entry.owner === owner && ids.includes(entry.id)),
  );
}
