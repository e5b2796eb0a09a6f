import { basename } from "node:path";

/** What an agent is called on disk and in tmux. */
export interface Names {
  readonly directory: string;
  readonly session: string;
}

/** What is in use: names as `nameKey` makes them. */
export interface TakenNames {
  readonly directories: ReadonlySet<string>;
  readonly sessions: ReadonlySet<string>;
}

interface Naming {
  readonly branch: string;
  readonly id: string;
  readonly sessionPrefix: string;
  readonly repository: string;
}

const longestBytes = 100;

/**
 * The directory and session of an agent: those of its branch, else with its repository's name, else with its id, which nobody else
 * has. File systems may not tell upper from lower case, so neither do we.
 */
export function chooseNames(naming: Naming, taken: TakenNames): Names {
  const endings = ["", `@${slug(basename(naming.repository)).slice(0, longestBytes / 2)}`, `-${naming.id}`];
  const candidates = endings.map((ending) => ({
    directory: withEnding(slug(naming.branch), ending),
    session: withEnding(`${naming.sessionPrefix}${slug(naming.branch, "/")}`, ending),
  }));
  const free = candidates.find(
    ({ directory, session }) => !taken.directories.has(nameKey(directory)) && !taken.sessions.has(nameKey(session)),
  );
  return free ?? (candidates.at(-1) as Names);
}

/** The form in which names are compared. */
export function nameKey(name: string): string {
  return name.toLowerCase();
}

/**
 * Letters, digits, `_` and `-` (and what else `keep` names); everything else becomes a dash. tmux gives other characters a meaning in
 * targets and formats, file systems in paths.
 */
function slug(text: string, keep = ""): string {
  const kept = new RegExp(`[^A-Za-z0-9_${keep}-]+`, "g");
  const result = text.replace(kept, "-").replace(/^[-/]+|[-/]+$/g, "");
  return result === "" ? "agent" : result;
}

/** Slugs are ASCII, so bytes are characters. */
function withEnding(text: string, ending: string): string {
  return text.slice(0, longestBytes - ending.length).replace(/[-/]+$/, "") + ending;
}
