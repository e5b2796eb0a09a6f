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
    const distance = editDistance(meant, letters(candidate));
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
