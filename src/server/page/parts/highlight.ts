// lowlight: the grammars of highlight.js, giving a tree and no markup, so that code from outside stays text. Loaded with the first diff.
import { common, createLowlight } from "lowlight";

/** A piece of a line in one colour; `kind` is a class of highlight.js without its `hljs-`. */
export interface Piece {
  readonly kind: string;
  readonly text: string;
}

const lowlight = createLowlight(common);

type Root = ReturnType<typeof lowlight.highlight>;
type Child = Root["children"][number];
type Element = Extract<Child, { type: "element" }>;
type Text = Extract<Child, { type: "text" }>;

/** The language of a file by its name, where there is a grammar for it. */
export function languageOf(path: string): string | undefined {
  const name = (path.split("/").at(-1) ?? "").toLowerCase();
  const extension = name.includes(".") ? name.slice(name.lastIndexOf(".") + 1) : name;
  return lowlight.registered(extension) ? extension : undefined;
}

/** The lines of a text, each in its pieces. */
export function highlight(language: string, text: string): Piece[][] {
  const lines: Piece[][] = [[]];
  collect(lowlight.highlight(language, text), "", lines);
  return lines;
}

function collect(node: Root | Element, kind: string, lines: Piece[][]): void {
  for (const child of node.children) {
    if (child.type === "text") addText(child, kind, lines);
    else if (child.type === "element") collect(child, kindOf(child) ?? kind, lines);
  }
}

function addText({ value }: Text, kind: string, lines: Piece[][]): void {
  for (const [index, text] of value.split("\n").entries()) {
    if (index > 0) lines.push([]);
    if (text !== "") lines.at(-1)?.push({ kind, text });
  }
}

function kindOf({ properties }: Element): string | undefined {
  const [first] = Array.isArray(properties.className) ? properties.className : [];
  return typeof first === "string" ? first.replace("hljs-", "") : undefined;
}
