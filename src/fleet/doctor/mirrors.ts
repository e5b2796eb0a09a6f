import { findProgram } from "../../system/exec.ts";
import { tryGit } from "../../system/git/command.ts";
import { shellWord } from "../../system/shell.ts";
import { type Fleet, gitAt } from "../fleet.ts";
import type { Examination } from "./examination.ts";

/**
 * A push with `--mirror` publishes all refs, those with the unsaved work of killed agents too. Git cannot be told to leave some out of one:
 * it takes no refspec beside `--mirror`, and `transfer.hideRefs` and its siblings hide refs of the side that is asked, not of the one that
 * pushes. A remote with refspecs can leave them out (git 2.29), so that is the way out of a remote that is set as a mirror; nothing can be
 * done about the option typed by hand. What must not get out at all, the content of credential files, is in no object of git.
 */
export async function examineMirrors(fleet: Fleet, repository: string | undefined): Promise<Examination[]> {
  // A repository can be found without git, which has a row of its own.
  if (repository === undefined || findProgram("git", fleet.environment) === undefined) return [];
  const result = await tryGit(gitAt(fleet, repository), ["config", "--get-regexp", "^remote\\..*\\.mirror$", "true"]);
  const remotes = result.exitCode === 0 ? result.stdout.split("\n").filter(Boolean) : [];
  return remotes.map((line): Examination => {
    const remote = line.replace(/^remote\.|\.mirror .*$/g, "");
    return {
      subject: "remote",
      verdict: "advice",
      finding: `${remote} is a mirror: a push there publishes unsaved work of killed agents (refs/fleet)`,
      remedy: `to push all but those, run ${leavingOut(remote)}`,
    };
  });
}

/** The line that makes of a mirror a remote that gets all refs but ours. */
function leavingOut(remote: string): string {
  const [mirror, push] = [`remote.${remote}.mirror`, `remote.${remote}.push`].map(shellWord);
  return [
    `git config --unset ${mirror}`,
    `git config --replace-all ${push} '+refs/*:refs/*'`,
    `git config --add ${push} '^refs/fleet/*'`,
  ].join(" && ");
}
