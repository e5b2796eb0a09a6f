import { FleetError } from "../../errors.ts";
import { type GitOptions, type GitPlace, gitFailure, tryGit } from "./command.ts";

/** A path of a worktree that git cannot read, or not as its filters would have it. */
export interface RefusedPath {
  readonly path: string;
  /** In git's words. */
  readonly why: string;
  /** It is a repository of its own in which nothing is committed: no commit of another could hold anything of it. */
  readonly isEmptyRepository: boolean;
}

/** How git does all the rest: what it is to be called with, and the paths that it refused before. */
export interface Detour {
  readonly settings: readonly string[];
  /** Behind `--`; nothing where there is nothing to go around. */
  readonly pathspecs: readonly string[];
  readonly refused: readonly RefusedPath[];
}

/** Line ends that would not come back are no reason to refuse somebody who only looks. */
export const straightOn: Detour = { settings: ["-c", "core.safecrlf=false"], pathspecs: [], refused: [] };

/** A command of git's that is run again and again, each time around what it has refused until then. */
export interface Attempt {
  readonly args: readonly string[];
  readonly options?: GitOptions;
  /** The way that is known already. */
  readonly from?: Detour;
  /** Whether it may go around a path; otherwise that is the failure. */
  readonly bears?: (refused: RefusedPath) => boolean;
}

/**
 * Runs git on a worktree around each path that it refuses, and returns the way that led to the end with what git printed there. Throws
 * FleetError `failed` with git's words when something else keeps it from that, or a path that may not be gone around.
 */
export async function aroundRefusals(
  place: GitPlace,
  { args, options, from = straightOn, bears = () => true }: Attempt,
): Promise<Detour & { readonly stdout: string; readonly stderr: string }> {
  // What is refused is read from git's words, which are of the user's language otherwise.
  const spoken = { ...place, environment: { ...place.environment, LANGUAGE: "C" } };
  let detour = from;
  for (;;) {
    const result = await tryGit(spoken, [...detour.settings, ...args, "--", ...detour.pathspecs], options);
    const { stdout, stderr } = result;
    const found = refusalsIn(stderr).filter(({ path, filter }) => !isKnown(detour, path, filter));
    const isDone = result.exitCode === 0 || (found.length > 0 && !/^fatal: /m.test(stderr));
    if ((!isDone && found.length === 0) || !found.every(bears)) throw gitFailure(result);
    detour = found.reduce(around, detour);
    if (isDone) return { ...detour, stdout, stderr };
  }
}

/** The failure that a path is where nothing may be left out. */
export function refusal({ path, why }: RefusedPath): FleetError {
  return new FleetError("failed", `${path}: ${why}`);
}

interface Refusal extends RefusedPath {
  /** The filter of the repository that failed. It may be for many files, which are all read without it then. */
  readonly filter?: string | undefined;
}

function around({ settings, pathspecs, refused }: Detour, { filter, ...path }: Refusal): Detour {
  if (filter !== undefined) {
    const off = [`filter.${filter}.process=`, `filter.${filter}.clean=`, `filter.${filter}.required=false`];
    const why = `${path.why}: what it is for is shown as it is on disk`;
    return {
      settings: [...settings, ...off.flatMap((setting) => ["-c", setting])],
      pathspecs,
      refused: [...refused, { ...path, why }],
    };
  }
  const everything = pathspecs.length === 0 ? [":/"] : pathspecs;
  return {
    settings,
    pathspecs: [...everything, `:(top,exclude,literal)${path.path}`],
    refused: [...refused, path],
  };
}

function isKnown({ settings, refused }: Detour, path: string, filter: string | undefined): boolean {
  if (filter !== undefined) return settings.includes(`filter.${filter}.required=false`);
  return refused.some((known) => known.path === path);
}

/** What git says of a path that it cannot take: of a directory in passing, of a filter when it gives up. */
const sentences: readonly { readonly said: RegExp; readonly isEmptyRepository?: true }[] = [
  { said: /^warning: could not open directory '(?<path>.+?)\/?': (?<why>.+)$/gm },
  { said: /^error: open\("(?<path>.+)"\): (?<why>.+)$/gm },
  { said: /^error: '(?<path>.+?)\/?' (?<why>does not have a commit checked out)$/gm, isEmptyRepository: true },
  { said: /^error: '?(?<path>.+?)'?: (?<why>can only add .+)$/gm },
  { said: /^fatal: (?<path>.+): (?<why>clean filter '(?<filter>.+)' failed)$/gm },
  { said: /^fatal: failed to encode '(?<path>.+)' (?<why>from .+)$/gm },
  { said: /^fatal: BOM is (?<why>\S+) in '(?<path>.+)' if encoded as .+$/gm },
];

function refusalsIn(stderr: string): Refusal[] {
  const found = sentences.flatMap(({ said, isEmptyRepository = false }) =>
    [...stderr.matchAll(said)].map(({ 0: line, groups: { path = "", why = "", filter = "" } = {} }) => ({
      path,
      why: line.startsWith("fatal: ") && filter === "" ? line.slice("fatal: ".length) : why,
      filter: filter || undefined,
      isEmptyRepository,
    })),
  );
  return [...new Map(found.map((each) => [each.path, each])).values()];
}
