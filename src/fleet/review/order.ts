/**
 * An order in which few of several conflict when they are merged one after another: those that get in the way of the fewest first, and
 * of these the ones that come first. Whoever conflicts with one that is in already is left for the end. Indices, in that order.
 */
export function mergeOrder(
  count: number,
  conflicts: (a: number, b: number) => boolean,
): { readonly merged: readonly number[]; readonly left: readonly number[] } {
  const all = Array.from({ length: count }, (_, index) => index);
  const merged: number[] = [];
  let open = all;
  while (open.length > 0) {
    const next = leastInTheWay(open, conflicts);
    merged.push(next);
    open = open.filter((other) => other !== next && !conflicts(next, other));
  }
  return { merged, left: all.filter((index) => !merged.includes(index)) };
}

function leastInTheWay(open: readonly number[], conflicts: (a: number, b: number) => boolean): number {
  const inTheWay = open.map((a) => open.filter((b) => a !== b && conflicts(a, b)).length);
  return open[inTheWay.indexOf(Math.min(...inTheWay))] ?? 0;
}
