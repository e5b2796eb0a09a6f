import { FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { ExecuteOptions, Execution } from "../../fleet/talk/execute.ts";
import { type HostLink, hostProgram } from "../../hosts/link.ts";
import type { AwayAgent } from "../../state/away.ts";
import { quoteForShell } from "../../system/shell.ts";
import { hostOf, withLink } from "./hosts.ts";

/** What `fleet exec --json` says of an agent. */
interface Told {
  readonly id: string;
  readonly exit_code: number | null;
  readonly lines: readonly string[];
}

/** What a command did in the worktree of an agent on another machine, and what it printed. */
interface AwayExecution extends Execution {
  readonly lines: readonly string[];
}

/**
 * Runs a command in the worktrees of agents on other machines, by the `fleet exec` there. What it prints comes at its end. What one host
 * cannot do stops no other.
 */
export async function executeAway(
  fleet: Fleet,
  away: readonly AwayAgent[],
  argv: readonly string[],
  options: Pick<ExecuteOptions, "outside">,
): Promise<AwayExecution[]> {
  const byHost = Map.groupBy(away, ({ host }) => host);
  const done = await Promise.all(
    [...byHost].map(async ([name, agents]) => {
      try {
        return await withLink(fleet, hostOf(fleet, name), async (link) => {
          const groups = [...Map.groupBy(agents, ({ mirror }) => mirror).values()];
          return (await Promise.all(groups.map((group) => executeOn(link, group, argv, options)))).flat();
        });
      } catch (error) {
        if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
        return agents.map(({ entry }) => ({ entry, exitCode: undefined, why: error.message, lines: [] }));
      }
    }),
  );
  return done.flat();
}

async function executeOn(
  link: HostLink,
  agents: readonly AwayAgent[],
  argv: readonly string[],
  { outside }: Pick<ExecuteOptions, "outside">,
): Promise<AwayExecution[]> {
  const [first] = agents;
  const branches = agents.map(({ entry }) => entry.branch);
  const words = [
    "-C",
    first?.mirror ?? "",
    "exec",
    "--json",
    ...(outside ? ["--outside"] : []),
    ...branches,
    "--",
    ...argv,
  ];
  const { stdout, stderr } = await link.run(`exec ${hostProgram} ${words.map(quoteForShell).join(" ")}`);
  const told = toldIn(stdout);
  return agents.map(({ entry }) => {
    const found = told.find(({ id }) => id === entry.id);
    if (found === undefined)
      return { entry, exitCode: undefined, why: stderr.trim() || "its host said nothing of it", lines: [] };
    return { entry, exitCode: found.exit_code ?? undefined, why: undefined, lines: found.lines };
  });
}

function toldIn(text: string): readonly Told[] {
  try {
    return (JSON.parse(text) as { readonly agents?: readonly Told[] }).agents ?? [];
  } catch {
    return [];
  }
}
