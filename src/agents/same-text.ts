/**
 * Whether a transcript holds a text that was sent, though it may have turned tabs into blanks and dropped white space at the ends, or
 * characters that cannot be seen, such as those which join emoji.
 */
export function isSameText(held: string, sent: string): boolean {
  return condensed(held) === condensed(sent);
}

/** Whether a message of a user is a text that was sent, or has its lines among others: agents join prompts that have waited. */
export function holdsText(message: string, sent: string): boolean {
  return `\n${condensedLines(message)}\n`.includes(`\n${condensedLines(sent)}\n`);
}

function condensedLines(text: string): string {
  return text
    .split("\n")
    .map(condensed)
    .filter((line) => line !== "")
    .join("\n");
}

function condensed(text: string): string {
  return text
    .replace(/\p{Format}/gu, "")
    .replace(/\s+/g, " ")
    .trim();
}
