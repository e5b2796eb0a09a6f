import { onKeys, terminalColumns, terminalRows } from "../system/terminal.ts";
import { writeAll } from "./streams.ts";
import { cut } from "./text.ts";

const enter = "\u001b[?1049h\u001b[?25l";
const leave = "\u001b[?25h\u001b[?1049l";
const home = "\u001b[H";
const eraseLine = "\u001b[K";
const eraseBelow = "\u001b[J";
const ctrlC = "\u0003";

/**
 * Draws lines again and again on the alternate screen, until `q`, Ctrl-C or `cancelled`, and leaves the terminal as it was. Each line
 * is written over the old one and what is longer erased, so that nothing flickers; a new size is seen at the next drawing.
 */
export async function watch(
  intervalMilliseconds: number,
  cancelled: AbortSignal,
  lines: (width: number) => Promise<readonly string[]>,
): Promise<void> {
  const { promise: ended, resolve: end } = Promise.withResolvers<"ended">();
  const release = onKeys((keys) => {
    if (keys.includes("q") || keys.includes(ctrlC)) end("ended");
  });
  cancelled.addEventListener("abort", () => end("ended"), { once: true });
  writeAll(1, enter);
  try {
    for (;;) {
      const width = terminalColumns() ?? 80;
      const rows = terminalRows() ?? 24;
      const shown = (await lines(width)).slice(0, rows).map((line) => cut(line, width) + eraseLine);
      writeAll(1, home + shown.join("\n") + eraseBelow);
      if ((await Promise.race([ended, Bun.sleep(intervalMilliseconds)])) === "ended") return;
    }
  } finally {
    release();
    writeAll(1, leave);
  }
}
