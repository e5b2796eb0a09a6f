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

/**
 * The names of a fan-out. With a prefix they must be free, unless `goOn` numbers on behind those that exist; without one they carry a
 * new batch id. `elsewhere` are names that are taken on other machines. Throws FleetError `failed` listing the names that are taken, `usage` for a prefix that git does not accept.
 */
export async function fanoutNames(
  fleet: Fleet,
  count: number,
  prefix: string | undefined,
  goOn: boolean,
  elsewhere: readonly string[] = [],
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
  throw new FleetError("failed", `${inTheWay.length} of the ${count} names are taken, so nothing was made`, {
    output: inTheWay.join("\n"),
    hint: `to number on behind them, run fleet fanout ${count} ${prefix} --continue ...`,
  });
}

/**
 * Which agent each of `count` is: `claude:3,codex:2` says how many of each, and a name without a number shares what is left with the
 * others without one. `undefined` leaves the choice to the configuration. Throws FleetError `usage` when the numbers do not add up.
 */
export function mixedAgents(specification: string | undefined, count: number): (string | undefined)[] {
  if (specification === undefined) return Array.from({ length: count }, () => undefined);
  const shares = specification.split(",").map(parseShare);
  const fixed = shares.reduce((total, { number }) => total + (number ?? 0), 0);
  const open = shares.filter(({ number }) => number === undefined).length;
  const left = count - fixed;
  if (left < 0 || (open === 0 && left > 0) || open > left + (open === 0 ? 1 : 0)) {
    throw new FleetError("usage", `--agent ${specification} does not add up to ${count} agents`, {
      hint: "see fleet fanout --help",
    });
  }
  let nth = 0;
  return shares.flatMap(({ name, number }) => {
    const share = number ?? Math.floor(left / open) + (nth++ < left % open ? 1 : 0);
    return Array.from({ length: share }, () => name);
  });
}

function parseShare(text: string): { readonly name: string; readonly number: number | undefined } {
  const [, name, number] = /^([^:]+)(?::(\d{1,4}))?$/.exec(text.trim()) ?? [];
  if (name !== undefined) return { name, number: number === undefined ? undefined : Number(number) };
  throw new FleetError("usage", `--agent takes NAME or NAME:COUNT, not ${JSON.stringify(text)}`, {
    hint: "see fleet fanout --help",
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
