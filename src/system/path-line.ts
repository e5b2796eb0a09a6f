/** A path on one line: a line end in it, which git allows, would make two paths of it for whoever reads a list. */
export function pathLine(path: string): string {
  return path.replaceAll("\n", String.raw`\x0a`);
}
