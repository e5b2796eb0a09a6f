const boxes = /(?<!\{)\{(code|noformat|quote|panel|info|note|tip|warning)(?::([^}\n]*))?\}([\s\S]*?)(?:\{\1\}|$)/g;

/**
 * Markdown of a text in the markup that servers of Jira have: headings, lists, code, quotations, tables, links, mentions and panels. What
 * is not known stays as it was written.
 */
export function wikiToMarkdown(text: string): string {
  const parts: string[] = [];
  let end = 0;
  for (const match of text.replace(/\r\n?/g, "\n").matchAll(boxes)) {
    const [all, kind = "", options = "", inner = ""] = match;
    parts.push(linesToMarkdown(match.input.slice(end, match.index)), box(kind, options, inner));
    end = match.index + all.length;
  }
  parts.push(linesToMarkdown(text.replace(/\r\n?/g, "\n").slice(end)));
  return parts
    .filter((part) => part.trim() !== "")
    .join("\n\n")
    .trim();
}

function box(kind: string, options: string, inner: string): string {
  if (kind === "code" || kind === "noformat") {
    const language = options.split("|").find((option) => /^[\w+#.-]+$/.test(option)) ?? "";
    const fence = inner.includes("```") ? "````" : "```";
    return [fence + language, inner.replace(/^\n|\n$/g, ""), fence].join("\n");
  }
  const title = /title=([^|]*)/.exec(options)?.[1] ?? kind.charAt(0).toUpperCase() + kind.slice(1);
  const content = wikiToMarkdown(inner);
  const lines = kind === "quote" ? content : `**${title}**\n\n${content}`;
  return lines
    .split("\n")
    .map((line) => `> ${line}`.trimEnd())
    .join("\n");
}

function linesToMarkdown(text: string): string {
  return text
    .replace(/^\n+|\n+$/g, "")
    .split("\n")
    .map(lineToMarkdown)
    .join("\n");
}

function lineToMarkdown(line: string): string {
  const [, level, title] = /^\s*h([1-6])\.\s+(.*)$/.exec(line) ?? [];
  if (level !== undefined) return `${"#".repeat(Number(level))} ${inlineToMarkdown(title ?? "")}`;
  if (/^\s*-{4,}\s*$/.test(line)) return "---";
  const [, quote] = /^\s*bq\.\s+(.*)$/.exec(line) ?? [];
  if (quote !== undefined) return `> ${inlineToMarkdown(quote)}`;
  const [, marks, item] = /^\s*([*#-]+)\s+(.*)$/.exec(line) ?? [];
  if (marks !== undefined) {
    const mark = marks.endsWith("#") ? "1." : "-";
    return `${"  ".repeat(marks.length - 1)}${mark} ${inlineToMarkdown(item ?? "")}`;
  }
  if (/^\s*\|\|.*\|\|\s*$/.test(line)) {
    const cells = line
      .trim()
      .slice(2, -2)
      .split("||")
      .map((cell) => inlineToMarkdown(cell.trim()));
    return `| ${cells.join(" | ")} |\n|${" --- |".repeat(cells.length)}`;
  }
  return inlineToMarkdown(line);
}

function inlineToMarkdown(line: string): string {
  return line
    .replace(/\{\{(.+?)\}\}/g, "`$1`")
    .replace(/\[~([^\]\s]+)\]/g, "@$1")
    .replace(/\[([^|\]\n]+)\|([^|\]\s]+)(?:\|[^\]]*)?\]/g, "[$1]($2)")
    .replace(/\[(https?:[^\]\s|]+)\]/g, "$1")
    .replace(/!([^!|\s][^!|\n]*\.\w{2,5})(?:\|[^!\n]*)?!/g, "[attachment $1]")
    .replace(/\{color(?::[^}]*)?\}/g, "")
    .replace(/(^|[\s(])\*(\S(?:[^*\n]*\S)?)\*(?=$|[\s).,:;!?])/g, "$1**$2**")
    .replace(/(^|[\s(])_(\S(?:[^_\n]*\S)?)_(?=$|[\s).,:;!?])/g, "$1*$2*");
}

/** A text of ours in that markup: only its lists are written in another way. */
export function markdownToWiki(text: string): string {
  return text.replace(/^- /gm, "* ");
}
