import { editDistance } from "./edit-distance.ts";

/**
 * The candidate that was probably meant by a word that is none of them, if one is near enough. Case and separators do not count,
 * and two letters that changed places are one mistake.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const meant = letters(word);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(meant.length / 3)) + 1;
  for (const candidate of candidates) {
    const other = letters(candidate);
    // As many edits as the lengths differ by are needed at least, and to count those of a megabyte takes seconds.
    if (Math.abs(meant.length - other.length) >= bestDistance) continue;
    const distance = editDistance(meant, other);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function letters(word: string): string {
  return word.toLowerCase().replace(/[\s_-]/g, "");
}
