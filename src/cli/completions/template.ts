/**
 * Puts lines in the place of each line `@name@` of a script, indented as it is; inside of a line they are put on that line. A block
 * that is not given is empty.
 */
export function fill(script: string, blocks: Readonly<Record<string, readonly string[]>>): string {
  return script
    .replace(/^( *)@(\w+)@$/gm, (_, indent: string, name: string) =>
      (blocks[name] ?? []).map((line) => indent + line).join("\n"),
    )
    .replace(/@(\w+)@/g, (_, name: string) => (blocks[name] ?? []).join(" "));
}

/** Text as one word of bash and zsh, in which nothing is expanded. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
