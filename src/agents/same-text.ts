/**
 * Whether a transcript holds a text that was sent, though it may have turned tabs into blanks and dropped white space at the ends, or
 * characters that cannot be seen, such as those which join emoji.
 */
export function isSameText(held: string, sent: string): boolean {
  return condensed(held) === condensed(sent);
}

function condensed(text: string): string {
  return text
    .replace(/\p{Format}/gu, "")
    .replace(/\s+/g, " ")
    .trim();
}
