/**
 * What people do not see in a ticket, and what would act on a terminal or on the program that reads the prompt: control characters but
 * tab and line end, characters that turn the direction of text, and those that are not to be seen at all, with which text can be hidden.
 * The joiners of emoji and of Persian words stay, and so do the selectors that make a character an emoji.
 */
const unseen = /[\p{Cc}\p{Cn}\p{Co}\p{Cs}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/gu;
const kept = /^[\t\n\p{Join_Control}]$|^\ufe0e$|^\ufe0f$/u;
/** Whatever somebody may take for the end of a line. */
const lineEnds = /\r\n?|[\u000b\u000c\u0085\u2028\u2029]/g;

/** Text of a stranger that holds only what people see of it, its lines ended by LF. */
function visible(text: string): string {
  return text.replace(lineEnds, "\n").replace(unseen, (character) => (kept.test(character) ? character : ""));
}

/** Text of a stranger on one line, cut to a length in characters. */
export function visibleLine(text: string, longest: number): string {
  return cutTo(visible(text).replace(/\s+/g, " ").trim(), longest);
}

/** Markdown of a stranger as its readers see it: what a page would not show, comments of HTML, goes, but in code, where it is shown. */
export function visibleMarkdown(text: string): string {
  let fence: string | undefined;
  let isHidden = false;
  const lines = visible(text)
    .split("\n")
    .map((line) => {
      const [, mark] = isHidden ? [] : (/^ {0,3}(`{3,}|~{3,})/.exec(line) ?? []);
      if (fence !== undefined) {
        if (mark?.startsWith(fence)) fence = undefined;
        return line;
      }
      if (mark !== undefined) {
        fence = mark;
        return line;
      }
      const { text: rest, open } = withoutComments(line, isHidden);
      isHidden = open;
      return rest;
    });
  return lines
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** A line without its comments, and whether one is still open at its end. */
function withoutComments(line: string, isOpen: boolean): { readonly text: string; readonly open: boolean } {
  let rest = line;
  let text = "";
  let open = isOpen;
  while (rest !== "") {
    const mark = open ? "-->" : "<!--";
    const at = rest.indexOf(mark);
    if (!open) text += at === -1 ? rest : rest.slice(0, at);
    if (at === -1) break;
    rest = rest.slice(at + mark.length);
    open = !open;
  }
  return { text, open };
}

/**
 * Every line behind the mark of a quotation: whatever a text holds, no line of it can pass for one of ours. A path after `@`, which
 * agents would read into the prompt, is parted from it.
 */
export function quotation(text: string): string {
  return text
    .split("\n")
    .map((line) => `> ${line.replace(/(?<![\w.])@(?=["'(]?[\w~.-]*[/~.\\])/gu, "@ ")}`.trimEnd())
    .join("\n");
}

/** Text cut to a length in characters, saying how much is left out. */
export function cutTo(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const kept = text.slice(0, longest).replace(/[\ud800-\udbff]$/, "");
  return `${kept} [... ${text.length - kept.length} more characters are left out]`;
}
