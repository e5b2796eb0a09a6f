import { FleetError } from "../../errors.ts";

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
