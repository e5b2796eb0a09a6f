import { memo } from "preact/compat";
import { useEffect, useRef, useState } from "preact/hooks";
import { shown } from "../words.ts";
import type { Piece } from "./highlight.ts";
import type { FilePatch, Hunk, PatchLine } from "./patch.ts";

/** Colours for more lines than these would hold the page up. */
const mostColoured = 3000;
const mostOpen = 600;

type Colours = ReadonlyMap<PatchLine, readonly Piece[]>;

/** The changes of one file: its path, how much, and the lines. */
export const FileDiff = memo(({ file }: { readonly file: FilePatch }) => {
  const size = file.hunks.reduce((sum, { lines }) => sum + lines.length, 0);
  const [open, setOpen] = useState(size <= mostOpen);
  const element = useRef<HTMLDetailsElement>(null);
  const colours = useColours(file, size, open, element);
  return (
    <details
      class="file"
      id={fileAnchor(file.path)}
      ref={element}
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        <bdi class="file-path">
          {file.from !== undefined && <span class="faint">{shown(file.from)} → </span>}
          {shown(file.path)}
        </bdi>
        {file.change !== "changed" && <span class="tag">{file.change}</span>}
        <span class="file-size">
          <ins>+{file.added}</ins> <del>−{file.deleted}</del>
        </span>
      </summary>
      {open && <Hunks file={file} colours={colours} />}
    </details>
  );
});

/** What a link to a file within the page names. */
export function fileAnchor(path: string): string {
  return `file-${path}`;
}

function Hunks({ file, colours }: { readonly file: FilePatch; readonly colours: Colours | undefined }) {
  if (file.binary) return <p class="file-note">Not text</p>;
  if (file.hunks.length === 0) return <p class="file-note">{file.change === "renamed" ? "Only renamed" : "Empty"}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
    <section class="hunks" tabIndex={0} aria-label={`Changes of ${shown(file.path)}`}>
      {file.hunks.map((hunk, index) => (
        <HunkLines key={index} hunk={hunk} colours={colours} />
      ))}
    </section>
  );
}

function HunkLines({ hunk, colours }: { readonly hunk: Hunk; readonly colours: Colours | undefined }) {
  const [first] = hunk.lines;
  return (
    <div class="hunk">
      <div class="hunk-head">
        <span>Line {first?.after ?? first?.before ?? 1}</span> <bdi>{shown(hunk.context)}</bdi>
      </div>
      {hunk.lines.map((line, index) => (
        <div key={index} class={`line ${line.kind}`}>
          <span class="number" aria-hidden="true">
            {line.before}
          </span>
          <span class="number" aria-hidden="true">
            {line.after}
          </span>
          <span class="sign">{signs[line.kind]}</span>
          <code>{colours?.get(line)?.map(coloured) ?? shown(line.text)}</code>
        </div>
      ))}
    </div>
  );
}

const signs = { same: " ", added: "+", deleted: "−", note: "" } as const;

function coloured({ kind, text }: Piece, index: number) {
  return kind === "" ? (
    shown(text)
  ) : (
    <span key={index} class={`code-${kind}`}>
      {shown(text)}
    </span>
  );
}

/** The colours of a file, when it comes into view: the lines are there before, without. */
function useColours(
  file: FilePatch,
  size: number,
  open: boolean,
  element: { readonly current: HTMLElement | null },
): Colours | undefined {
  const [colours, setColours] = useState<Colours>();
  useEffect(() => {
    setColours(undefined);
    const own = element.current;
    if (own === null || !open || file.binary || size > mostColoured) return;
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      void colour(file).then(setColours);
    });
    observer.observe(own);
    return () => observer.disconnect();
  }, [file, open]);
  return colours;
}

/** Each side is coloured as the text that it is: a comment that begins above a deleted line must not go on in the new text. */
async function colour(file: FilePatch): Promise<Colours | undefined> {
  const { highlight, languageOf } = await import("./highlight.ts");
  const language = languageOf(file.path);
  if (language === undefined) return undefined;
  const colours = new Map<PatchLine, readonly Piece[]>();
  for (const { lines } of file.hunks) {
    for (const side of ["deleted", "added"] as const) {
      const own = lines.filter(({ kind }) => kind === "same" || kind === side);
      const pieces = highlight(language, own.map(({ text }) => text).join("\n"));
      for (const [index, line] of own.entries()) colours.set(line, pieces[index] ?? []);
    }
  }
  return colours;
}
