/** The width of everything the program says about itself: what every terminal has. */
const width = 80;

/** Breaks a paragraph into lines, every one indented. */
export function wrap(paragraph: string, indent = ""): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of paragraph.split(/\s+/)) {
    if (line !== "" && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
}

/** A line of two columns. */
export type Line = readonly [label: string, text: string];

/** How wide the first column of these lines has to be. A label that is wider than this has its text below it. */
export function labelWidth(lines: readonly Line[], widest = 28): number {
  return Math.max(0, ...lines.map(([label]) => label.length).filter((length) => length <= widest));
}

/** Two columns, the second wrapped. */
export function columns(lines: readonly Line[], firstWidth = labelWidth(lines)): string[] {
  const indent = " ".repeat(2 + firstWidth + 2);
  return lines.flatMap(([label, text]) => {
    const wrapped = wrap(text, indent);
    if (label.length > firstWidth) return [`  ${label}`, ...wrapped];
    const [first = "", ...others] = wrapped;
    return [`  ${label.padEnd(firstWidth)}  ${first.trimStart()}`, ...others];
  });
}

/** A phrase as a sentence of its own: `start an agent` becomes `Start an agent.` */
export function sentence(phrase: string): string {
  return `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`;
}

/** Text that is written as in Markdown, without its backticks. */
export function plain(text: string): string {
  return text.replaceAll("`", "");
}
