import type { WorkingDiff } from "./changes.ts";
import type { FileChange } from "./numstat.ts";

/** What a patch says of one file. */
export interface FilePatch extends FileChange {
  /** Its lines, without those that only a program needs: names and object ids. */
  readonly lines: readonly string[];
}

/** Lines of a file's header that say no more than its path and its hunks do. */
const forPrograms = /^(?:diff --git |index |--- |\+\+\+ |similarity index |dissimilarity index )/;

/**
 * The patch of a difference, file by file. Git writes odd paths in quotes there, so they are taken from its list of files, which has the
 * same order. A file that became a link, or the other way round, is one of the list and two in the patch, one after the other.
 */
export function filePatches({ files, patch }: WorkingDiff): FilePatch[] {
  const sections: { readonly head: string; readonly lines: string[] }[] = [];
  for (const section of patch.split(/^(?=diff --git )/m).filter(Boolean)) {
    const [head = "", ...rest] = section.replace(/\n$/, "").split("\n");
    const lines = [...headerOf(rest).filter((line) => !forPrograms.test(line)), ...hunksOf(rest)];
    const last = sections.at(-1);
    if (last?.head === head) last.lines.push(...lines);
    else sections.push({ head, lines });
  }
  return files.map((file, index) => ({ ...file, lines: sections[index]?.lines ?? [] }));
}

function headerOf(lines: readonly string[]): readonly string[] {
  return lines.slice(0, lines.length - hunksOf(lines).length);
}

function hunksOf(lines: readonly string[]): readonly string[] {
  const start = lines.findIndex((line) => line.startsWith("@@ "));
  return start < 0 ? [] : lines.slice(start);
}
