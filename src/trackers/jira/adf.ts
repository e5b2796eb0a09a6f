import { type Fields, fieldsOf, listOf, textOf } from "../fields.ts";

/**
 * Markdown of a document in Jira's own format (Atlassian Document Format). What is not known is told by the text in it: nothing that a
 * person can read is left out, and nothing fails.
 */
export function adfToMarkdown(document: unknown): string {
  return blocks(fieldsOf(document), 0).trim();
}

/** Deeper than anybody writes; a stranger's document must not be deep enough to break us. */
const deepest = 60;

function blocks(node: Fields, depth: number): string {
  if (depth > deepest) return "";
  return childrenOf(node)
    .map((child) => block(child, depth + 1))
    .filter((text) => text !== "")
    .join("\n\n");
}

function block(node: Fields, depth: number): string {
  const attributes = fieldsOf(node.attrs);
  switch (node.type) {
    case "paragraph":
    case "caption":
      return inlines(node, depth);
    case "heading":
      return `${"#".repeat(Math.min(6, Math.max(1, Number(attributes.level) || 1)))} ${oneLine(inlines(node, depth))}`;
    case "bulletList":
      return items(node, depth, () => "- ");
    case "orderedList":
      return items(node, depth, (index) => `${(Number(attributes.order) || 1) + index}. `);
    case "taskList":
    case "decisionList":
      return items(node, depth, (_, item) => (isDone(item) ? "- [x] " : "- [ ] "));
    case "codeBlock":
      return fenced(plainText(node, depth), textOf(attributes.language));
    case "blockquote":
      return prefixed(blocks(node, depth), "> ");
    case "panel":
      return prefixed(`**${panelTitle(textOf(attributes.panelType))}**\n\n${blocks(node, depth)}`, "> ");
    case "expand":
    case "nestedExpand":
      return [bold(textOf(attributes.title)), blocks(node, depth)].filter(Boolean).join("\n\n");
    case "rule":
      return "---";
    case "table":
      return tableText(node, depth);
    case "mediaSingle":
    case "mediaGroup":
      return blocks(node, depth);
    case "media":
      return mediaText(attributes);
    case "blockCard":
    case "embedCard":
      return cardText(attributes);
    default:
      return contentOf(node, depth);
  }
}

const inlineTypes = new Set([
  ...[
    "text",
    "hardBreak",
    "mention",
    "emoji",
    "date",
    "status",
    "inlineCard",
    "mediaInline",
    "placeholder",
    "inlineExtension",
  ],
]);

function isBlock({ type }: Fields): boolean {
  return !inlineTypes.has(textOf(type));
}

function items(list: Fields, depth: number, mark: (index: number, item: Fields) => string): string {
  return childrenOf(list)
    .map((item, index) => {
      if (/^(?:task|decision|bullet|ordered)List$/.test(textOf(item.type)))
        return prefixed(block(item, depth + 1), "  ");
      const start = mark(index, item);
      const content = childrenOf(item).some(isBlock) ? itemBlocks(item, depth + 1) : inlines(item, depth + 1);
      return start + content.split("\n").join(`\n${" ".repeat(start.length)}`);
    })
    .join("\n");
}

/** Of what may hold blocks, or text itself. */
function contentOf(node: Fields, depth: number): string {
  return childrenOf(node).some(isBlock) ? blocks(node, depth) : inline(node, depth);
}

/** A list below the text of an item follows without an empty line. */
function itemBlocks(item: Fields, depth: number): string {
  return childrenOf(item)
    .map((child) => ({ text: block(child, depth), isList: /List$/.test(textOf(child.type)) }))
    .filter(({ text }) => text !== "")
    .map(({ text, isList }, index) => (index === 0 ? text : `${isList ? "\n" : "\n\n"}${text}`))
    .join("");
}

function isDone(item: Fields): boolean {
  return /^(?:DONE|DECIDED)$/.test(textOf(fieldsOf(item.attrs).state));
}

function tableText(table: Fields, depth: number): string {
  const rows = childrenOf(table).map((row) =>
    childrenOf(row).map((cell) => oneLine(contentOf(cell, depth + 2)).replaceAll("|", "\\|")),
  );
  const width = Math.max(0, ...rows.map((row) => row.length));
  if (width === 0) return "";
  const hasHead = childrenOf(childrenOf(table)[0] ?? {}).every(({ type }) => type === "tableHeader");
  const [head, ...body] = hasHead ? rows : [[], ...rows];
  const line = (cells: readonly string[] = []) =>
    `| ${Array.from({ length: width }, (_, index) => cells[index] ?? "").join(" | ")} |`;
  return [line(head), `|${" --- |".repeat(width)}`, ...body.map(line)].join("\n");
}

function inlines(node: Fields, depth: number): string {
  if (depth > deepest) return "";
  return childrenOf(node)
    .map((child) => inline(child, depth + 1))
    .join("");
}

function inline(node: Fields, depth: number): string {
  const attributes = fieldsOf(node.attrs);
  switch (node.type) {
    case "text":
      return marked(textOf(node.text), listOf(node.marks));
    case "hardBreak":
      return "\n";
    case "mention":
      return `@${textOf(attributes.text).replace(/^@/, "") || textOf(attributes.id)}`;
    case "emoji":
      return textOf(attributes.text) || textOf(attributes.shortName);
    case "date":
      return dateText(attributes.timestamp);
    case "status":
      return `[${textOf(attributes.text)}]`;
    case "placeholder":
      return textOf(attributes.text);
    case "inlineCard":
      return cardText(attributes);
    case "media":
    case "mediaInline":
      return mediaText(attributes);
    case "extension":
    case "inlineExtension":
      return textOf(attributes.text);
    default:
      return childrenOf(node).length > 0 ? inlines(node, depth) : textOf(node.text);
  }
}

function marked(text: string, marks: readonly Fields[]): string {
  if (text.trim() === "") return text;
  // A mark must begin and end at a letter; blanks stay outside of it.
  const [, before = "", inner = "", after = ""] = /^(\s*)([\s\S]*?)(\s*)$/.exec(text) ?? [];
  const has = (type: string) => marks.some((mark) => mark.type === type);
  let result = has("code") ? inlineCode(inner) : inner;
  if (has("strong")) result = `**${result}**`;
  if (has("em")) result = `*${result}*`;
  if (has("strike")) result = `~~${result}~~`;
  const link = textOf(fieldsOf(marks.find((mark) => mark.type === "link")?.attrs).href);
  if (link !== "" && link !== inner) result = `[${result}](${link})`;
  return before + result + after;
}

function inlineCode(text: string): string {
  const fence = "`".repeat(longestRun(text) + 1);
  return longestRun(text) === 0 ? `\`${text}\`` : `${fence} ${text} ${fence}`;
}

function fenced(text: string, language: string): string {
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${/^[\w+#.-]{0,30}$/.test(language) ? language : ""}\n${text}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

function plainText(node: Fields, depth: number): string {
  if (depth > deepest) return "";
  return node.type === "hardBreak"
    ? "\n"
    : textOf(node.text) +
        childrenOf(node)
          .map((child) => plainText(child, depth + 1))
          .join("");
}

function cardText(attributes: Fields): string {
  return textOf(attributes.url) || textOf(fieldsOf(attributes.data).url) || textOf(fieldsOf(attributes.data).name);
}

function mediaText(attributes: Fields): string {
  const name = textOf(attributes.alt) || textOf(attributes.url) || textOf(attributes.id);
  return `[attachment${name === "" ? "" : ` ${name}`}]`;
}

function dateText(timestamp: unknown): string {
  const moment = new Date(Number(timestamp));
  return Number.isNaN(moment.getTime()) ? textOf(timestamp) : moment.toISOString().slice(0, 10);
}

function panelTitle(type: string): string {
  return type === "" ? "Note" : type.charAt(0).toUpperCase() + type.slice(1);
}

function bold(text: string): string {
  return text === "" ? "" : `**${text}**`;
}

function prefixed(text: string, prefix: string): string {
  return text
    .split("\n")
    .map((line) => `${prefix}${line}`.trimEnd())
    .join("\n");
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").trim();
}

function childrenOf(node: Fields): Fields[] {
  return listOf(node.content);
}

/** A document with a text of ours: paragraphs, lists of lines that begin with a dash, and addresses, which become links. */
export function markdownToAdf(text: string): object {
  const paragraphs = text.trim().split(/\n{2,}/);
  return { version: 1, type: "doc", content: paragraphs.map(paragraphToAdf) };
}

function paragraphToAdf(paragraph: string): object {
  const lines = paragraph.split("\n");
  if (!lines.every((line) => line.startsWith("- "))) return { type: "paragraph", content: lines.flatMap(lineToAdf) };
  const content = lines.map((line) => ({
    type: "listItem",
    content: [{ type: "paragraph", content: lineToAdf(line.slice(2), 0) }],
  }));
  return { type: "bulletList", content };
}

function lineToAdf(line: string, index: number): object[] {
  const words = line
    .split(/(https?:\/\/\S+)/)
    .filter((word) => word !== "")
    .map((text) => ({
      type: "text",
      text,
      ...(/^https?:/.test(text) ? { marks: [{ type: "link", attrs: { href: text } }] } : {}),
    }));
  return index === 0 ? words : [{ type: "hardBreak" }, ...words];
}
