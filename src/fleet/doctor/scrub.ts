/** A text that is not for strangers, and what stands for it. */
export type Private = readonly [text: string, placeholder: string];

/** Secrets by how they are written: those of well-known services, a user in an address, and whatever is long and has no meaning. */
const secrets: readonly (readonly [RegExp, string])[] = [
  [/(?<=:\/\/)[^\s/@]+(?=@)/g, "<user>"],
  [/\b(?:sk|pk|rk|gh[a-z]|github_pat|glpat|xox[a-z]|npm|hf|pypi|lin_api)[-_][\w-]{8,}/g, "<secret>"],
  [/\b(?:AIza|AKIA|ASIA|ya29\.)[\w.-]{8,}/g, "<secret>"],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, "<secret>"],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, "<address>"],
  [/(?<![\w/.-])(?=[\w+=-]*\d)(?=[\w+=-]*[A-Za-z])[\w+=-]{32,}(?![\w/])/g, "<secret>"],
];

/**
 * A text for strangers: without what is private, which counts only where no letter or digit goes on on either side, and without what
 * looks like a secret. The longest private text goes first, so that a part of it cannot spoil it.
 */
export function scrubbed(text: string, hidden: readonly Private[]): string {
  const known = hidden.filter(([word]) => word.length > 1).sort(([a], [b]) => b.length - a.length);
  const named = known.reduce((rest, [word, placeholder]) => rest.replace(wholeWord(word), () => placeholder), text);
  return secrets.reduce((rest, [pattern, placeholder]) => rest.replace(pattern, placeholder), named);
}

function wholeWord(word: string): RegExp {
  const begin = /^\w/.test(word) ? "(?<!\\w)" : "";
  const end = /\w$/.test(word) ? "(?!\\w)" : "";
  return new RegExp(`${begin}${RegExp.escape(word)}${end}`, "g");
}
