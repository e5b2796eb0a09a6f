/** What every shell takes for text without quotes. */
const plain = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** A word that every POSIX shell reads back as exactly this text. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A word to be copied into a shell: quoted only where it has to be. */
export function shellWord(text: string): string {
  return plain.test(text) ? text : quoteForShell(text);
}
