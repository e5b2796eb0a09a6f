/** A line of a changed file: what it was, what it is, or what stays. */
export interface PatchLine {
  readonly kind: "same" | "added" | "deleted" | "note";
  readonly text: string;
  /** The number of the line before and after. */
  readonly before?: number;
  readonly after?: number;
}

export interface Hunk {
  /** What git says it is in: the function, the heading. */
  readonly context: string;
  readonly lines: readonly PatchLine[];
}

export interface FilePatch {
  readonly path: string;
  /** Its path before, when it was renamed. */
  readonly from: string | undefined;
  readonly change: "added" | "deleted" | "renamed" | "changed";
  readonly binary: boolean;
  readonly added: number;
  readonly deleted: number;
  readonly hunks: readonly Hunk[];
}

/** Reads what `git diff` prints. What it does not understand it leaves out. */
export function parsePatch(patch: string): FilePatch[] {
  return patch
    .split(/^(?=diff --git )/m)
    .filter((text) => text.startsWith("diff --git "))
    .map(parseFile);
}

function parseFile(text: string): FilePatch {
  const start = text.search(/^@@ /m);
  const head = start < 0 ? text : text.slice(0, start);
  const hunks =
    start < 0
      ? []
      : text
          .slice(start)
          .split(/^(?=@@ -\d)/m)
          .map(parseHunk);
  const lines = hunks.flatMap((hunk) => hunk.lines);
  const from = pathAfter(head, "rename from ") ?? pathAfter(head, "copy from ");
  return {
    path: pathOf(head),
    from,
    change: changeOf(head, from),
    binary: /^(?:Binary files |GIT binary patch)/m.test(head),
    added: lines.filter(({ kind }) => kind === "added").length,
    deleted: lines.filter(({ kind }) => kind === "deleted").length,
    hunks,
  };
}

function changeOf(head: string, from: string | undefined): FilePatch["change"] {
  if (/^new file mode/m.test(head)) return "added";
  if (/^deleted file mode/m.test(head)) return "deleted";
  return from === undefined ? "changed" : "renamed";
}

/** The path is named several times; only the first line, which is always there, leaves open where one ends and the other begins. */
function pathOf(head: string): string {
  const after = pathAfter(head, "rename to ") ?? pathAfter(head, "+++ b/", '+++ "b/');
  if (after !== undefined) return after;
  const before = pathAfter(head, "--- a/", '--- "a/');
  if (before !== undefined) return before;
  const both = /^diff --git (.*)$/m.exec(head)?.[1] ?? "";
  const half = both.slice(0, (both.length - 1) / 2);
  return unquoted(half).replace(/^a\//, "");
}

function pathAfter(head: string, ...starts: readonly string[]): string | undefined {
  for (const start of starts) {
    const line = head.split("\n").find((each) => each.startsWith(start));
    if (line === undefined) continue;
    // Behind a path with spaces git puts a tab.
    const rest = line.slice(start.length).replace(/\t$/, "");
    return unquoted(start.endsWith('"b/') || start.endsWith('"a/') ? `"${rest}` : rest);
  }
  return undefined;
}

/** A path with unusual characters is quoted as C would: its bytes in octal. */
function unquoted(path: string): string {
  if (!path.startsWith('"')) return path;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  const named: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, "\\": 92 };
  for (const [piece, octal, letter] of path
    .slice(1)
    .replace(/"$/, "")
    .matchAll(/\\([0-7]{3})|\\(.)|[^\\]+/gs)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (letter !== undefined) bytes.push(named[letter] ?? letter.charCodeAt(0));
    else bytes.push(...encoder.encode(piece));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

function parseHunk(text: string): Hunk {
  const [first = "", ...rest] = text.replace(/\n$/, "").split("\n");
  const [, oldStart = "1", newStart = "1", context = ""] =
    /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)$/.exec(first) ?? [];
  let before = Number(oldStart);
  let after = Number(newStart);
  const lines = rest.map((line): PatchLine => {
    const body = line.slice(1);
    switch (line[0]) {
      case "+":
        return { kind: "added", text: body, after: after++ };
      case "-":
        return { kind: "deleted", text: body, before: before++ };
      case "\\":
        return { kind: "note", text: body.trim() };
      default:
        return { kind: "same", text: body, before: before++, after: after++ };
    }
  });
  return { context, lines };
}
