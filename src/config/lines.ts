import { parseToml } from "./toml.ts";

interface Token {
  readonly text: string;
  readonly line: number;
}

/** Strings of four kinds, comments, line ends, marks, and bare words. */
const tokenPattern =
  /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|\n|[[\]{}=.,]|[^\s"'#[\]{}=.,]+/g;

/**
 * Where the keys and tables of a TOML text are: the result takes the path of a value (`["agents", "aider", "flags", "0"]`,
 * `["task", "2", "branch"]` for the third `[[task]]`) and returns its line, counted from 1, or that of the nearest thing around it that was
 * found. The text must be one that parses; it is not looked at before the first question.
 */
export function keyLines(text: string): (path: readonly string[]) => number | undefined {
  let lines: ReadonlyMap<string, number> | undefined;
  return (path) => {
    lines ??= linesByPath(text);
    for (let length = path.length; length > 0; length -= 1) {
      const line = lines.get(JSON.stringify(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return undefined;
  };
}

function linesByPath(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const record = (path: readonly string[], line: number) => {
    for (let length = 1; length <= path.length; length += 1) {
      const key = JSON.stringify(path.slice(0, length));
      if (!lines.has(key)) lines.set(key, line);
    }
  };
  let table: readonly string[] = [];
  const elements = new Map<string, number>();
  for (const statement of statements(text)) {
    const [first, second] = statement;
    if (first === undefined) continue;
    if (first.text === "[") {
      const names = namesIn(statement);
      table = second?.text === "[" ? [...names, String(nextIndex(elements, names))] : names;
      record(table, first.line);
    } else {
      const equals = statement.findIndex((token) => token.text === "=");
      const path = [...table, ...namesIn(statement.slice(0, equals))];
      record(path, first.line);
      for (const [index, line] of itemLines(statement.slice(equals + 1)).entries()) record([...path, `${index}`], line);
    }
  }
  return lines;
}

/** The place in its list of the table that a heading `[[names]]` begins. */
function nextIndex(elements: Map<string, number>, names: readonly string[]): number {
  const key = JSON.stringify(names);
  const index = elements.get(key) ?? 0;
  elements.set(key, index + 1);
  return index;
}

/** The tokens of each heading and each assignment; some are empty. Comments are left out. */
function statements(text: string): readonly (readonly Token[])[] {
  let current: Token[] = [];
  const all = [current];
  let line = 1;
  let depth = 0;
  for (const [token] of text.matchAll(tokenPattern)) {
    depth += depthChange(token);
    if (token === "\n" && depth === 0) {
      current = [];
      all.push(current);
    } else if (token !== "\n" && !token.startsWith("#")) {
      current.push({ text: token, line });
    }
    line += token.split("\n").length - 1;
  }
  return all;
}

/** The names that make up a key or a heading, as they are spelt or quoted. */
function namesIn(tokens: readonly Token[]): readonly string[] {
  return tokens
    .filter((token) => !"[].".includes(token.text))
    .map(({ text }) => (/^["']/.test(text) ? (Object.keys(parseToml(`${text} = 0`))[0] ?? text) : text));
}

/** The line of each item of a list. */
function itemLines(value: readonly Token[]): readonly number[] {
  const lines: number[] = [];
  let depth = 0;
  let isItemNext = false;
  for (const { text, line } of value) {
    if (isItemNext && text !== "]") lines.push(line);
    depth += depthChange(text);
    isItemNext = depth === 1 && (text === "," || text === "[");
  }
  return lines;
}

function depthChange(token: string): number {
  if (token === "[" || token === "{") return 1;
  return token === "]" || token === "}" ? -1 : 0;
}
