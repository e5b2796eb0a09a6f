/** Whether a transcript holds a text that was sent, though it may have turned tabs into blanks and dropped white space at the ends. */
export function isSameText(held: string, sent: string): boolean {
  return condensed(held) === condensed(sent);
}

function condensed(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
