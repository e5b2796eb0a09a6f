import { basename } from "node:path";

const percentage = String.raw`\d+(?:\.\d+)?%`;
const size = String.raw`\d+(?:\.\d+)?[BKMGT]`;

/** A table of `fleet list`: its column widths depend on the CPU and memory of this moment. */
const usageHeader = /^.*\bCPU +MEM\b/m;
/** The CPU and MEM cells of one row; either may be unknown. */
const usageCells = new RegExp(`(?<= )(~?${percentage}|-)( +)(${size}|-)(?= |$)`, "gm");

/** What differs from run to run, in the order it is replaced: longer forms before the shorter ones they contain. */
const replacements: readonly (readonly [RegExp, string])[] = [
  [/\/tmux-\d+\//g, "/tmux-[UID]/"],
  [/("pid": ?)\d+/g, "$1[PID]"],
  [/\b(pid )\d+/g, "$1[PID]"],
  [/("cpu_percent": ?)[\d.]+(?:,\s*"cpu_since_start": ?true)?/g, "$1[CPU]"],
  [/("memory_(?:bytes|percent)": ?)[\d.]+/g, "$1[MEM]"],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "[DATE]"],
  [/\bmanual-\d{4}-\d\d-\d\d\b/g, "manual-[DAY]"],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "[UUID]"],
  [/\b(?:[0-9a-f]{40}|[0-9a-f]{7})\b/g, "[SHA]"],
  [/ {3,}(?=\d+(?:\.\d+)?m?s\b)/g, "  "],
  [/\b\d+(?:\.\d+)?m?s\b/g, "[TIME]"],
  [/\b(tmux|git) (?:version )?\d+\.\d+[\w.]*/g, "$1 [VERSION]"],
];

/**
 * The text with everything replaced that differs from run to run:
 *
 * - `[ROOT]`: the sandbox; `[SOCKET]`: its name, which its tmux server bears, in a folder named for the user: `[UID]`
 * - `[ID1]`, `[ID2]`: words of 8 hex digits; one number per distinct id, in the order they appear in this text
 * - `[SHA]`: commits, 7 or 40 hex digits; `[UUID]`; `[PID]`: `pid 42` and `"pid":42`
 * - `[DATE]`: `2025-05-31T23:05:00Z`; `[DAY]`: the date in `manual-2025-05-31`
 * - `[TIME]`: seconds and milliseconds, and a column of them is moved to two blanks after the one before. Minutes and more
 *   stay: no test runs that long, so they were put there
 * - `[CPU]`, `[MEM]`: where a table has these columns (inner runs of blanks then shrink to two) or JSON has these keys
 * - `[VERSION]`: of tmux and git
 */
export function scrub(text: string, { root }: { readonly root: string }): string {
  let scrubbed = text.replaceAll(root, "[ROOT]").replaceAll(basename(root), "[SOCKET]");
  if (usageHeader.test(scrubbed)) scrubbed = scrubUsage(scrubbed);
  for (const [pattern, placeholder] of replacements) scrubbed = scrubbed.replace(pattern, placeholder);
  return numberIds(scrubbed);
}

function scrubUsage(table: string): string {
  return table
    .replace(usageCells, (_, cpu: string, gap: string, memory: string) => {
      return `${cpu === "-" ? cpu : "[CPU]"}${gap}${memory === "-" ? memory : "[MEM]"}`;
    })
    .replace(/(?<=\S) {3,}(?=\S)/g, "  ");
}

function numberIds(text: string): string {
  const ids: string[] = [];
  return text.replace(/\b[0-9a-f]{8}\b/g, (id) => {
    if (!ids.includes(id)) ids.push(id);
    return `[ID${ids.indexOf(id) + 1}]`;
  });
}
