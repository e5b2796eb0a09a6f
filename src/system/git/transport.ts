import type { Environment } from "../environment.ts";
import { type GitPlace, git, withoutHooks } from "./command.ts";

/** A repository on another machine. */
export interface Elsewhere {
  readonly url: string;
  /** What makes git reach it, on top of its environment. */
  readonly environment: Environment;
}

/** A large repository over a slow line takes its time; what takes longer hangs. */
const timeoutMilliseconds = 3_600_000;

/**
 * Pushes commits to refs that are not there yet, all with one push, and nothing else: no tags, no submodules, no hook of the user. What the
 * other side has is not sent again. Throws FleetError `failed` with git's words when one of the refs is there.
 */
export async function pushNewRefs(
  place: GitPlace,
  to: Elsewhere,
  refs: readonly { readonly ref: string; readonly commit: string }[],
): Promise<void> {
  const words = [
    ...["push", "--quiet", "--no-follow-tags", "--recurse-submodules=no", "--no-signed"],
    ...refs.map(({ ref }) => `--force-with-lease=${ref}:`),
    ...["--", to.url, ...refs.map(({ ref, commit }) => `${commit}:${ref}`)],
  ];
  await git(reaching(place, to), [...withoutHooks, ...words], { timeoutMilliseconds });
}

/** Fetches refs of another machine to refs of our own, all at once, and nothing else. Ours move to where the others are. */
export async function fetchRefs(
  place: GitPlace,
  from: Elsewhere,
  refs: readonly { readonly there: string; readonly here: string }[],
): Promise<void> {
  if (refs.length === 0) return;
  const words = [
    ...["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap="],
    ...["--", from.url, ...refs.map(({ there, here }) => `+${there}:${here}`)],
  ];
  await git(reaching(place, from), [...withoutHooks, ...words], { timeoutMilliseconds });
}

function reaching(place: GitPlace, { environment }: Elsewhere): GitPlace {
  return { ...place, environment: { ...place.environment, ...environment } };
}
