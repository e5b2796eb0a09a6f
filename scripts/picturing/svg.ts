/** A picture of a terminal. */
interface Frame {
  readonly columns: number;
  readonly rows: number;
  /** What stands in the bar of its window. */
  readonly title: string;
}

/** A cell is so large, in pixels of the picture; a text is stretched to its cells, whatever the font of the reader. */
const cell = { width: 8.4, height: 19 };
const margin = 14;
const bar = 34;
const fontSize = 14;

/** Colours that read well on the dark ground; the sixteen of a terminal, by the codes of SGR. */
const ground = "#16181d";
const ink = "#d5d8de";
const colours: Readonly<Record<number, string>> = {
  31: "#f0716b",
  32: "#7ec87e",
  33: "#e3b64f",
  34: "#6ea8f5",
  35: "#c08bea",
  36: "#5fc6cf",
};

interface Style {
  readonly colour: string | undefined;
  readonly faint: boolean;
  readonly reverse: boolean;
}

/** Text of one style, and the column it begins in. */
interface Run {
  readonly column: number;
  readonly width: number;
  readonly text: string;
  readonly style: Style;
}

/** The lines of a terminal, with their styles as SGR, as an SVG document. */
export function pictureOf(screen: string, frame: Frame): string {
  return inWindow(frame, "", linesDrawn(screen, frame.rows));
}

/** What stood on a terminal one after the other, as an SVG document that shows it over and over; the last of it to who wants no motion. */
export function movingPictureOf(
  moments: readonly { readonly screen: string; readonly seconds: number }[],
  frame: Frame,
): string {
  const whole = moments.reduce((sum, { seconds }) => sum + seconds, 0);
  let before = 0;
  const rules: string[] = [];
  const groups = moments.map(({ screen, seconds }, index) => {
    const [from, to] = [before, before + seconds].map((at) => round((at / whole) * 100));
    before += seconds;
    rules.push(`@keyframes m${index}{0%,${to}%,100%{opacity:0}${from}%{opacity:1}}`);
    rules.push(`#m${index}{animation:m${index} ${round(whole)}s step-end infinite}`);
    return `<g id="m${index}" opacity="${index === moments.length - 1 ? 1 : 0}">${linesDrawn(screen, frame.rows)}</g>`;
  });
  const style = `@media (prefers-reduced-motion:no-preference){${rules.join("")}}`;
  return inWindow(frame, style, groups.join("\n"));
}

function inWindow({ columns, rows, title }: Frame, style: string, drawing: string): string {
  const width = Math.round(columns * cell.width + 2 * margin);
  const height = rows * cell.height + 2 * margin + bar;
  const dots = ["#ec6a5e", "#f4be4f", "#61c454"].map(
    (colour, index) => `<circle cx="${18 + index * 20}" cy="${bar / 2 + 2}" r="6" fill="${colour}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" fill="${ink}" role="img">
<title>${escaped(title)}</title>
<style>text{font:${fontSize}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}${style}</style>
<rect width="${width}" height="${height}" rx="9" fill="${ground}"/>
${dots.join("")}<text x="${width / 2}" y="${bar / 2 + 7}" text-anchor="middle" opacity=".6">${escaped(title)}</text>
${drawing}
</svg>
`;
}

function linesDrawn(screen: string, rows: number): string {
  return runsOf(screen.split("\n").slice(0, rows))
    .map((runs, row) => runs.map((run) => drawn(run, row)).join(""))
    .filter(Boolean)
    .join("\n");
}

function drawn({ column, width, text, style }: Run, row: number): string {
  const top = round(bar + margin / 2 + row * cell.height);
  const behind = style.reverse
    ? `<rect x="${across(column)}" y="${top}" width="${round(width * cell.width)}" height="${cell.height}" fill="${ink}"/>`
    : "";
  const fill = style.reverse ? ground : style.colour;
  const look = `${fill === undefined ? "" : ` fill="${fill}"`}${style.faint ? ' opacity=".6"' : ""}`;
  return (
    behind +
    words(text)
      .map(({ word, before }) => {
        const span = round(Bun.stringWidth(word) * cell.width);
        const place = `x="${across(column + before)}" y="${round(top + fontSize)}" textLength="${span}"`;
        return `<text ${place}${look}>${escaped(word)}</text>`;
      })
      .join("")
  );
}

/** Pieces without two blanks in a row, which not every reader of the picture would keep, and how many columns are before each. */
function words(text: string): { word: string; before: number }[] {
  return [...text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: word, index }) => ({
    word,
    before: Bun.stringWidth(text.slice(0, index)),
  }));
}

function across(column: number): number {
  return round(margin + column * cell.width);
}

/** The styled pieces of each line; a style goes on in the next line until it is ended. */
function runsOf(lines: readonly string[]): Run[][] {
  let style: Style = { colour: undefined, faint: false, reverse: false };
  return lines.map((line) => {
    const runs: Run[] = [];
    let column = 0;
    for (const [index, part] of line.split(/\u001b\[([\d;]*)m/).entries()) {
      if (index % 2 === 1) style = styled(style, part);
      else if (part !== "") {
        const width = Bun.stringWidth(part);
        runs.push({ column, width, text: part, style });
        column += width;
      }
    }
    return runs;
  });
}

function styled(style: Style, codes: string): Style {
  let { colour, faint, reverse } = style;
  for (const code of codes.split(";").map(Number)) {
    if (code === 0 || code === 22) faint = false;
    if (code === 0 || code === 27) reverse = false;
    if (code === 0 || code === 39) colour = undefined;
    if (code === 2) faint = true;
    if (code === 7) reverse = true;
    colour = colours[code] ?? colour;
  }
  return { colour, faint, reverse };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}
