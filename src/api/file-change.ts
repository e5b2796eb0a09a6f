import type { FileChange } from "../system/git/numstat.ts";

/** What changed of a file, as it is answered. */
export function fileChangeAsJson({ path, from, added, deleted }: FileChange) {
  return { path, ...(from === undefined ? {} : { from }), added: added ?? null, deleted: deleted ?? null };
}
