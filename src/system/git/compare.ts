import { removeTree, temporaryPath, writePrivateFile } from "../files.ts";
import { type GitPlace, gitFailure, tryGit } from "./command.ts";

/** The user's settings must not decide what is shown of a text: all of it is text, and nothing outside of git is asked. */
const plainly = ["--text", "--no-ext-diff", "--no-textconv", "--no-color"];

/**
 * How one text became another, as the hunks of a unified diff; empty when it did not. The older text is in a file beside `path` for that
 * long. Throws FleetError `failed` when git fails.
 */
export async function compareTexts(place: GitPlace, older: string, newer: string, path: string): Promise<string> {
  const file = temporaryPath(path);
  try {
    writePrivateFile(file, older);
    const result = await tryGit(place, ["diff", "--no-index", ...plainly, "--", file, "-"], { input: newer });
    // Like diff(1), it exits with 1 when the texts differ.
    if (result.exitCode > 1 || (result.exitCode === 1 && result.stdout === "")) throw gitFailure(result);
    return result.stdout.slice(Math.max(0, result.stdout.search(/^@@ /m)));
  } finally {
    removeTree(file);
  }
}
