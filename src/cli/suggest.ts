import { editDistance } from "../config/edit-distance.ts";

/** What people type for our commands because other programs call them so. */
const synonyms: ReadonlyMap<string, string> = new Map([
  ["status", "list"],
  ["top", "list"],
  ["watch", "list --watch"],
  ["monitor", "list --watch"],
  ["agents", "list"],
  ["sessions", "list"],
  ["info", "list"],
  ["new", "create"],
  ["add", "create"],
  ["run", "create"],
  ["start", "create"],
  ["launch", "create"],
  ["spawn", "create"],
  ["fork", "create"],
  ["race", "fanout"],
  ["batch", "multi"],
  ["send", "prompt"],
  ["say", "prompt"],
  ["tell", "prompt"],
  ["message", "prompt"],
  ["chat", "prompt"],
  ["ask", "prompt"],
  ["tail", "logs"],
  ["output", "logs"],
  ["show", "logs"],
  ["view", "logs"],
  ["read", "logs"],
  ["history", "logs"],
  ["open", "attach"],
  ["switch", "attach"],
  ["join", "attach"],
  ["enter", "attach"],
  ["connect", "attach"],
  ["ssh", "attach"],
  ["delete", "kill"],
  ["remove", "kill"],
  ["del", "kill"],
  ["end", "kill"],
  ["destroy", "kill"],
  ["down", "kill"],
  ["cd", "path"],
  ["pwd", "path"],
  ["dir", "path"],
  ["worktree", "path"],
  ["halt", "stop"],
  ["pause", "stop"],
  ["cancel", "interrupt"],
  ["reply", "answer"],
  ["approve", "answer"],
  ["allow", "answer"],
  ["undo", "restore"],
  ["continue", "resume"],
  ["gc", "prune"],
  ["clean", "prune"],
  ["rank", "compare"],
  ["conflicts", "overlap"],
  ["choose", "pick"],
  ["take", "pick"],
  ["accept", "pick"],
  ["publish", "pr"],
  ["push", "pr"],
  ["usage", "cost"],
  ["tokens", "cost"],
  ["dashboard", "serve"],
  ["web", "serve"],
  ["issue", "ticket"],
  ["machines", "hosts"],
  ["settings", "config"],
  ["configure", "config"],
  ["check", "doctor"],
  ["init", "doctor"],
  ["setup", "doctor"],
  ["completion", "completions"],
  ["man", "help"],
]);

/**
 * The command that was probably meant by `typed`, or by a slip of it: one of `commands`, with an option where that is what was meant;
 * nothing when no single one is close.
 */
export function likelyCommand(typed: string, commands: readonly string[]): string | undefined {
  const isKnown = (line: string) => commands.includes(line.split(" ")[0] ?? "");
  const known = [...synonyms].filter(([, line]) => isKnown(line)).map(([synonym]) => synonym);
  const meant = synonyms.get(typed.toLowerCase());
  if (meant !== undefined && isKnown(meant)) return meant;
  return closest(typed, commands) ?? synonyms.get(closest(typed, known) ?? "");
}

/** The one of `known` that `typed` is a slip of: in another case, cut short, or a few edits away. Nothing when two are equally close. */
export function closest(typed: string, known: readonly string[]): string | undefined {
  const word = typed.toLowerCase();
  const starting = known.filter((candidate) => word.length > 1 && candidate.toLowerCase().startsWith(word));
  if (starting.length === 1) return starting[0];

  let best: string | undefined;
  let tied = false;
  let fewest = Math.floor(bareLength(word) / 3);
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) > fewest) continue;
    const edits = editDistance(word, candidate.toLowerCase());
    if (edits > fewest || edits >= bareLength(candidate)) continue;
    tied = best !== undefined && edits === fewest;
    if (!tied) best = candidate;
    fewest = edits;
  }
  return tied ? undefined : best;
}

/** The dashes of an option are never the slip: they do not make it longer. */
function bareLength(word: string): number {
  return word.replace(/^-+/, "").length;
}
