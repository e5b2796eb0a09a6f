/**
 * Splits a line into words as a POSIX shell would: blanks separate, quotes and backslashes protect. Nothing is expanded.
 * Returns undefined when a quote is not closed or nothing follows the last backslash.
 */
export function splitWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; ) {
    const piece = pieceAt(line, at);
    if (piece === undefined) return undefined;
    at += piece.length;
    if (piece.text !== undefined) {
      word = (word ?? "") + piece.text;
    } else if (piece.separates && word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** A stretch of the line: part of a word (`text`, which may be empty), the blanks between two words, or nothing at all. */
interface Piece {
  readonly text: string | undefined;
  readonly separates: boolean;
  readonly length: number;
}

const blanks = /[ \t\r\n]+/y;
const plain = /[^ \t\r\n"'\\]+/y;
const singleQuoted = /'([^']*)'/y;
const doubleQuoted = /"((?:[^"\\]|\\[\s\S])*)"/y;
const continuedLine = /\\\n/y;
const escaped = /\\([\s\S])/y;

function pieceAt(line: string, at: number): Piece | undefined {
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(line);
  };
  const gap = match(blanks) ?? match(continuedLine);
  if (gap !== null) return { text: undefined, separates: !gap[0].startsWith("\\"), length: gap[0].length };
  const quoted = match(doubleQuoted);
  if (quoted !== null) return textPiece(insideDoubleQuotes(quoted[1] ?? ""), quoted[0].length);
  const found = match(plain) ?? match(singleQuoted) ?? match(escaped);
  return found === null ? undefined : textPiece(found[1] ?? found[0], found[0].length);
}

function textPiece(text: string, length: number): Piece {
  return { text, separates: false, length };
}

/** Between double quotes a backslash is special before these characters only (POSIX Shell Command Language, 2.2.3). */
function insideDoubleQuotes(text: string): string {
  return text.replace(/\\([$`"\\\n])/g, (_, character: string) => (character === "\n" ? "" : character));
}
