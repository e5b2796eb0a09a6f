import { onKeys, terminalColumns, terminalRows } from "../system/terminal.ts";
import { writeAll } from "./streams.ts";
import { cut } from "./text.ts";

const enter = "\u001b[?1049h\u001b[?25l";
const leave = "\u001b[?25h\u001b[?1049l";
const home = "\u001b[H";
const eraseLine = "\u001b[K";
const eraseBelow = "\u001b[J";

/** What is drawn: a heading that stays, rows that scroll where there are too many, and a footer that is always there. */
export interface Picture {
  readonly heading: readonly string[];
  readonly rows: readonly string[];
  readonly footer: readonly string[];
}

/** How far each key scrolls; the arrows as terminals send them. */
const scrolling: Readonly<Record<string, number>> = {
  j: 1,
  k: -1,
  "\u001b[B": 1,
  "\u001b[A": -1,
  "\u001bOB": 1,
  "\u001bOA": -1,
};
const leaving = ["q", "\u0003"];
const help = "q leaves, j and k scroll";

/**
 * Draws a picture again and again on the alternate screen, until `q`, Ctrl-C or `cancelled`, and leaves the terminal as it was. Each line
 * is written over the old one and what is longer erased, so that nothing flickers; a key is answered at once, a new size at the next look.
 */
export async function watch(
  intervalMilliseconds: number,
  cancelled: AbortSignal,
  look: (width: number) => Promise<Picture>,
): Promise<void> {
  const { promise: ended, resolve: end } = Promise.withResolvers<"ended">();
  let picture: Picture = { heading: [], rows: [], footer: [] };
  let offset = 0;
  const draw = () => {
    const height = terminalRows() ?? 24;
    const width = terminalColumns() ?? 80;
    offset = clamped(offset, picture, height);
    const lines = fitted(picture, offset, height).map((line) => cut(line, width) + eraseLine);
    writeAll(1, home + lines.join("\n") + eraseBelow);
  };
  const release = onKeys((keys) => {
    if (leaving.some((key) => keys.includes(key))) end("ended");
    const step = scrolling[keys];
    if (step === undefined) return;
    offset += step;
    draw();
  });
  cancelled.addEventListener("abort", () => end("ended"), { once: true });
  writeAll(1, enter);
  try {
    for (;;) {
      const seen = await Promise.race([ended, look(terminalColumns() ?? 80)]);
      if (seen === "ended") return;
      picture = seen;
      draw();
      if ((await Promise.race([ended, Bun.sleep(intervalMilliseconds)])) === "ended") return;
    }
  } finally {
    release();
    writeAll(1, leave);
  }
}

/** The lines for a screen of this height: where not all rows fit, those from `offset` on, and the footer says which and how to see more. */
export function fitted({ heading, rows, footer }: Picture, offset: number, height: number): string[] {
  const room = roomFor({ heading, rows, footer }, height);
  if (rows.length <= room) return [...heading, ...rows, ...footer].slice(0, height);
  const last = Math.min(offset + room, rows.length);
  const place = `${offset + 1} to ${last} of ${rows.length}; ${help}`;
  return [...heading, ...rows.slice(offset, last), place, ...footer].slice(0, height);
}

/** How many rows fit beside heading and footer; where they do not all, the line that says so takes one. */
function roomFor({ heading, rows, footer }: Picture, height: number): number {
  const free = height - heading.length - footer.length;
  return Math.max(1, rows.length <= free ? free : free - 1);
}

function clamped(offset: number, picture: Picture, height: number): number {
  return Math.max(0, Math.min(offset, picture.rows.length - roomFor(picture, height)));
}
