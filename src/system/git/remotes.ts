import { FleetError } from "../../errors.ts";
import { shellWord } from "../shell.ts";
import { type GitPlace, git, tryGit } from "./command.ts";

/** A remote, with the addresses that git would use. They may hold a login, and are not to be shown. */
export interface Remote {
  readonly name: string;
  readonly fetches: string;
  readonly pushes: string;
}

/** The remotes of a repository, by name. */
export async function remotesOf(place: GitPlace): Promise<Remote[]> {
  const text = await git(place, ["remote", "--verbose"]);
  const rows = text.split("\n").flatMap((line) => {
    const [, name, address, use] = /^(.*?)\t(.*) \((fetch|push)\)(?: \[.*\])?$/.exec(line) ?? [];
    return name === undefined || address === undefined ? [] : [{ name, address, use }];
  });
  return [...Map.groupBy(rows, ({ name }) => name)].flatMap(([name, ways]) => {
    const way = (use: string) => ways.find((row) => row.use === use)?.address;
    const fetches = way("fetch") ?? way("push");
    return fetches === undefined ? [] : [{ name, fetches, pushes: way("push") ?? fetches }];
  });
}

/** The remote that git would push a branch to, as `branch.NAME.pushRemote` and the like say; `undefined` when nothing does. */
export async function pushRemoteOf(place: GitPlace, branch: string): Promise<string | undefined> {
  for (const key of [`branch.${branch}.pushRemote`, "remote.pushDefault", `branch.${branch}.remote`]) {
    const result = await tryGit(place, ["config", "--get", key]);
    const name = result.stdout.trim();
    if (result.exitCode === 0 && name !== "" && name !== ".") return name;
  }
  return undefined;
}

/** A branch of a remote that is to be at a commit. */
export interface Push {
  readonly remote: string;
  readonly branch: string;
  readonly commit: string;
  /** Where the branch may be left behind: only when the remote has it exactly there, work on it is replaced. */
  readonly lease: string | undefined;
}

/** Hooks of the repository and the network take their time. */
const pushMilliseconds = 600_000;

/** Why a push was refused. */
export type Refusal = "moved" | "protected" | "forbidden" | "other";

/**
 * Pushes one commit to one branch, and nothing else: no tags, no submodules, whatever the configuration says. Without a lease the branch
 * only moves on. The user's hooks run as git would run them. Throws FleetError `failed` with git's words, the reason as its code:
 * `push-moved`, `push-protected`, `push-forbidden`, `push-other`.
 */
export async function pushCommit(place: GitPlace, { remote, branch, commit, lease }: Push): Promise<void> {
  const ref = `refs/heads/${branch}`;
  const words = [
    ...["push", "--porcelain", "--no-follow-tags", "--recurse-submodules=no", "--no-signed"],
    ...(lease === undefined ? [] : [`--force-with-lease=${ref}:${lease}`]),
    ...["--", remote, `${commit}:${ref}`],
  ];
  const result = await tryGit(place, words, { timeoutMilliseconds: pushMilliseconds });
  if (result.exitCode === 0) return;
  const output = `${result.stdout}\n${result.stderr}`.replace(/:\/\/[^/@\s]*@/g, "://");
  const why = refusalOf(output);
  throw new FleetError("failed", `${branch} could not be pushed to ${remote}`, {
    code: `push-${why}`,
    output: output
      .split("\n")
      .filter((line) => !/^(?:To |Done$|hint:)|^\s*$/.test(line))
      .join("\n"),
    hint: `to see what git says, run git push ${shellWord(remote)} ${shellWord(branch)}`,
  });
}

function refusalOf(words: string): Refusal {
  if (
    /protected branch|GH006|GH013|repository rule violations|not allowed to (?:force )?push code to protected/i.test(
      words,
    )
  )
    return "protected";
  if (/non-fast-forward|fetch first|stale info/i.test(words)) return "moved";
  if (
    /\b403\b|permission (?:to .* )?denied|not allowed to push|insufficient permission|read-only|archived/i.test(words)
  )
    return "forbidden";
  return "other";
}
