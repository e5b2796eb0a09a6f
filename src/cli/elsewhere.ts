import { FleetError } from "../errors.ts";
import { shellWord } from "../system/shell.ts";

/** Where a hint leaves out what was typed: `run fleet -C /home/ada/api ...`. */
const leftOut = / \.\.\.$/;

/**
 * An error that says in which repository the words after `fleet` would have worked, with these words in its hint, so that it can be
 * copied. Any other error as it is, and one of words that said already where.
 */
export function withLineTyped(error: unknown, words: readonly string[]): unknown {
  if (!(error instanceof FleetError) || error.code !== "other-repository" || words.some(saysWhere)) return error;
  const { kind, message, code, output, cause, hint = "" } = error;
  const line = hint.replace(leftOut, () => ` ${words.map(shellWord).join(" ")}`);
  return new FleetError(kind, message, { code, hint: line, cause, ...(output === undefined ? {} : { output }) });
}

function saysWhere(word: string): boolean {
  return /^-C|^--directory/.test(word);
}
