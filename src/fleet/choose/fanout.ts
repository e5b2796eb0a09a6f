import { FleetError } from "../../errors.ts";
import { awayAgents } from "../../state/away.ts";
import { readRegistry } from "../../state/registry.ts";
import { branchesAt } from "../../system/git/branches.ts";
import { currentRepository, type Fleet, gitAt, statePlaces } from "../fleet.ts";
import { branchNameProblem } from "./branch-names.ts";

/** The most agents one command makes: beyond that a machine, not a name, is the limit. */
export const largestFanout = 500;

/** A family of branches: `PREFIX-A1`, `PREFIX-A2`, ... */
export interface FanoutNames {
  readonly batch: string;
  readonly branches: readonly string[];
}

interface FanoutFamily {
  readonly count: number;
  readonly prefix: string | undefined;
  /** They are numbered on behind those that exist. */
  readonly goOn: boolean;
  /** Names that are taken on other machines. */
  readonly elsewhere: readonly string[];
}

/**
 * The names of a fan-out. With a prefix they must be free, unless they go on; without one they carry a new batch id. Throws FleetError
 * `failed` listing the names that are taken, `usage` for a prefix that git does not accept.
 */
export async function fanoutNames(
  fleet: Fleet,
  { count, prefix, goOn, elsewhere }: FanoutFamily,
): Promise<FanoutNames> {
  if (prefix === undefined) {
    const batch = crypto.randomUUID().slice(0, 8);
    return { batch, branches: numbered(`fanout-${batch}`, 1, count) };
  }
  requirePrefix(prefix);
  const taken = await takenNumbers(fleet, prefix, elsewhere);
  const first = goOn ? Math.max(0, ...taken) + 1 : 1;
  const branches = numbered(prefix, first, count);
  const inTheWay = branches.filter((_, index) => taken.has(first + index));
  if (inTheWay.length === 0) return { batch: prefix, branches };
  const names = count === 1 ? "the name is" : `${inTheWay.length} of the ${count} names are`;
  throw new FleetError("failed", `${names} taken, so nothing was made`, {
    output: inTheWay.join("\n"),
    hint: `to number on behind them, run fleet fanout ${count} ${prefix} --continue ...`,
  });
}

function requirePrefix(prefix: string): void {
  const problem = branchNameProblem(`${prefix}-A1`);
  if (problem === undefined) return;
  throw new FleetError("usage", `git does not accept branches called ${JSON.stringify(`${prefix}-A1`)}: ${problem}`, {
    hint: "to see the rules, run git help check-ref-format",
  });
}

async function takenNumbers(fleet: Fleet, prefix: string, elsewhere: readonly string[]): Promise<Set<number>> {
  const { commonDirectory, root } = await currentRepository(fleet);
  const branches = await branchesAt(gitAt(fleet, commonDirectory), [`${prefix}-A*`]);
  const places = statePlaces(fleet);
  const known = [...readRegistry(places), ...awayAgents(places).map(({ entry }) => entry)];
  const agents = known.filter(({ repo }) => repo === root);
  const names = [...branches.keys(), ...agents.map(({ branch }) => branch), ...elsewhere];
  return new Set(names.map((name) => numberOf(name, prefix)).filter((number) => number !== undefined));
}

function numberOf(branch: string, prefix: string): number | undefined {
  const start = `${prefix}-A`;
  const rest = branch.startsWith(start) ? branch.slice(start.length) : "";
  return /^[1-9]\d*$/.test(rest) ? Number(rest) : undefined;
}

function numbered(prefix: string, first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-A${first + index}`);
}
