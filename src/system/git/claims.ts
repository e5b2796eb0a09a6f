import { type GitPlace, git, tryGit, withoutHooks } from "./command.ts";
import type { Remote } from "./remotes.ts";

/** A ref that is made on a remote once, and says by whom. */
export interface Claim {
  readonly ref: string;
  readonly text: string;
}

/** What became of a claim: made now, made by somebody before, or not to be made there. */
export type Claimed =
  | { readonly kind: "made"; readonly commit: string }
  | { readonly kind: "taken"; readonly commit: string; readonly text: string }
  | { readonly kind: "impossible"; readonly why: string };

/** The network takes its time, but users wait for an agent. */
const timeoutMilliseconds = 30_000;
const options = { timeoutMilliseconds };
const plain = ["--porcelain", "--no-follow-tags", "--recurse-submodules=no", "--no-signed"];

/**
 * Makes refs on a remote that must not be there yet, all with one push, in the order of the claims. Whoever comes second is told what the
 * first has written. Nothing in this repository but loose objects is changed, and no hook runs.
 */
export async function claimRefs(place: GitPlace, remote: Remote, claims: readonly Claim[]): Promise<Claimed[]> {
  const commits = await Promise.all(claims.map(({ text }) => emptyCommit(place, text)));
  const pairs = claims.map(({ ref }, index) => ({ ref, commit: commits[index] ?? "" }));
  const leases = pairs.map(({ ref }) => `--force-with-lease=${ref}:`);
  const specs = pairs.map(({ ref, commit }) => `${commit}:${ref}`);
  const words = [...withoutHooks, "push", ...plain, ...leases, "--", remote.name, ...specs];
  const result = await tryGit(place, words, options);
  const made = new Set(result.stdout.split("\n").flatMap((line) => /^\*\t[0-9a-f]+:(\S+)\t/.exec(line)?.[1] ?? []));
  const missed = pairs.filter(({ ref }) => !made.has(ref));
  const there = missed.length === 0 ? new Map<string, string>() : await refsThere(place, remote, missed);
  const why = result.timedOut ? "git push took too long" : wordsOf(result.stderr);
  return Promise.all(
    pairs.map(async ({ ref, commit }): Promise<Claimed> => {
      if (made.has(ref)) return { kind: "made", commit };
      const taken = there.get(ref);
      if (taken === undefined) return { kind: "impossible", why };
      return { kind: "taken", commit: taken, text: await textOf(place, remote, ref, taken) };
    }),
  );
}

/** Takes refs away from a remote, those that are still as they were. Says which could not be. */
export async function releaseRefs(
  place: GitPlace,
  remote: Remote,
  refs: readonly { readonly ref: string; readonly commit: string }[],
): Promise<string[]> {
  if (refs.length === 0) return [];
  const leases = refs.map(({ ref, commit }) => `--force-with-lease=${ref}:${commit}`);
  const words = [...withoutHooks, "push", ...plain, ...leases, "--", remote.name, ...refs.map(({ ref }) => `:${ref}`)];
  const { stdout } = await tryGit(place, words, options);
  const gone = new Set(stdout.split("\n").flatMap((line) => /^-\t:(\S+)\t/.exec(line)?.[1] ?? []));
  return refs.map(({ ref }) => ref).filter((ref) => !gone.has(ref));
}

/** The claims that a remote has at these refs, with the commit of each. */
export async function refsThere(
  place: GitPlace,
  remote: Remote,
  refs: readonly { readonly ref: string }[],
): Promise<Map<string, string>> {
  const result = await tryGit(place, ["ls-remote", "--", addressOf(remote), ...refs.map(({ ref }) => ref)], options);
  const rows = result.stdout.split("\n").flatMap((line) => {
    const [commit, ref] = line.split("\t");
    return commit === undefined || ref === undefined ? [] : [[ref, commit] as const];
  });
  return new Map(rows);
}

async function textOf(place: GitPlace, remote: Remote, ref: string, commit: string): Promise<string> {
  const here = ["log", "-1", "--format=%B", commit];
  const fetch = ["fetch", "--no-write-fetch-head", "--no-tags", "--refmap=", "--", addressOf(remote), ref];
  await tryGit(place, [...withoutHooks, ...fetch], options);
  const { exitCode, stdout } = await tryGit(place, here);
  return exitCode === 0 ? stdout : "";
}

/** An address may hold a login: the name is used where it means the same. */
function addressOf({ name, fetches, pushes }: Remote): string {
  return fetches === pushes ? name : pushes;
}

async function emptyCommit(place: GitPlace, text: string): Promise<string> {
  const names = { GIT_AUTHOR_NAME: "fleet", GIT_COMMITTER_NAME: "fleet" };
  const addresses = { GIT_AUTHOR_EMAIL: "fleet@localhost", GIT_COMMITTER_EMAIL: "fleet@localhost" };
  const tree = (await git(place, ["mktree"], { input: "" })).trim();
  const own = { ...place, environment: { ...place.environment, ...names, ...addresses } };
  return (await git(own, ["commit-tree", "--no-gpg-sign", tree], { input: text })).trim();
}

function wordsOf(stderr: string): string {
  const lines = stderr.replace(/:\/\/[^/@\s]*@/g, "://").split("\n");
  return lines.find((line) => /^(?:fatal|error|remote):/.test(line)) ?? "git push failed";
}
