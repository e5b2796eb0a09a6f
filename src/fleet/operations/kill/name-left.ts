import { dirname, join } from "node:path";
import type { Repository } from "../../../system/git/repository.ts";
import { shellWord } from "../../../system/shell.ts";
import type { Fleet } from "../../fleet.ts";
import type { LeftOutside } from "../../worktree/left-outside.ts";

const namedRefs = 5;

/** Says what stays in a repository that was made there while agents lived, how to see it, and how to remove what git alone has no list of. */
export function nameLeft(fleet: Fleet, { root, commonDirectory }: Repository, left: LeftOutside): void {
  const git = `git -C ${shellWord(root)}`;
  const { worktrees, branches, tags, stashes, refs, remotes, settings, files } = left;
  const warn = (how: string, what: string, next: string) => {
    const text = `${how} in ${root} while it lived, and left alone: ${what}; to see more, run ${next}`;
    fleet.report({ kind: "warning", text });
  };
  for (const { path, branch } of worktrees) {
    const on = branch === undefined ? "" : `, on the branch ${branch}`;
    warn("made", `the worktree ${path}${on}`, `git -C ${shellWord(path)} status`);
  }
  const kinds: readonly Kind[] = [
    { how: "made", nouns: ["branch", "branches"], names: branches, look: `${git} branch -v` },
    { how: "made", nouns: ["tag", "tags"], names: tags, look: `${git} tag -n` },
    { how: "made", nouns: ["stash", "stashes"], names: stashes, look: `${git} stash list` },
    {
      ...{ how: "made", nouns: ["ref", "refs"], names: refs, look: `${git} for-each-ref` },
      remove: (name) => `${git} update-ref -d ${shellWord(name)}`,
    },
    {
      ...{
        how: "made",
        nouns: ["remote", "remotes"],
        names: remotes.map(({ name }) => name),
        look: `${git} remote -v`,
      },
      remove: (name) => `${git} remote remove ${shellWord(name)}`,
    },
    {
      ...{ how: "made", nouns: ["setting", "settings"], names: settings, look: `${git} config --local --list` },
      remove: (name) => `${git} config --local --unset-all ${shellWord(name)}`,
    },
    {
      ...{ how: "changed", nouns: ["setting", "settings"], names: left.changed_settings },
      look: `${git} config --local --list`,
    },
    ...[
      { how: "made", paths: files, remove: (path: string) => `rm -- ${shellWord(path)}` },
      { how: "changed", paths: left.changed_files },
    ].map(({ paths, ...kind }) => ({
      ...{ ...kind, nouns: ["file", "files"] as const, names: paths.map((path) => join(commonDirectory, path)) },
      look: `ls -l ${shellWord(join(commonDirectory, dirname(paths[0] ?? "")))}`,
    })),
  ];
  for (const { how, nouns, names, look, remove } of kinds) {
    if (names.length === 0) continue;
    // A name that no terminal shows as it is cannot be typed as it is shown.
    const plain = remove === undefined ? undefined : names.find((name) => !/\p{C}/u.test(name));
    const next = plain === undefined ? look : `${look}, and to remove ${plain}, ${remove?.(plain)}`;
    warn(how, fewNames(nouns, names), next);
  }
}

/** A kind of what was left. */
interface Kind {
  readonly how: string;
  readonly nouns: readonly [one: string, many: string];
  readonly names: readonly string[];
  readonly look: string;
  readonly remove?: (name: string) => string;
}

function fewNames([one, many]: Kind["nouns"], names: readonly string[]): string {
  const named = names.slice(0, namedRefs).join(", ");
  const more = names.length > namedRefs ? ` and ${names.length - namedRefs} more` : "";
  return `the ${names.length === 1 ? one : many} ${named}${more}`;
}
