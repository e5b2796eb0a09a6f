/** What the build wrote into this executable about itself. */
export interface Build {
  /** As in package.json; `0.0.0-dev` when the program runs from source. */
  readonly version: string;
  /** The commit it was released from, 40 hex digits; null for a build of somebody's checkout. */
  readonly commit: string | null;
  /** When that commit was made, as `2026-11-28T10:00:00Z`; null beside a null commit. */
  readonly date: string | null;
  /** What it was compiled for: `bun-linux-x64-baseline`; null when the program runs from source. */
  readonly target: string | null;
  /** Where the project lives, and its releases: the `homepage` of package.json. */
  readonly address: string | null;
}

/** Set by the build (`define`); absent when the program runs from source. */
declare const FLEET_BUILD: Build | undefined;

export const build: Build =
  typeof FLEET_BUILD === "object"
    ? FLEET_BUILD
    : { version: "0.0.0-dev", commit: null, date: null, target: null, address: null };

/** `0.1.0`, and for a release `0.1.0 (1a2b3c4, 2026-11-28)`. */
export function describeBuild({ version, commit, date }: Build): string {
  if (commit === null || date === null) return version;
  return `${version} (${commit.slice(0, 7)}, ${date.slice(0, 10)})`;
}
