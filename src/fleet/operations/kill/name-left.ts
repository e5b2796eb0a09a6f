import { dirname, join } from "node:path";
import type { Repository } from "../../../system/git/repository.ts";
import { shellWord } from "../../../system/shell.ts";
import type { Fleet } from "../../fleet.ts";
import type { FormerRef } from "../../worktree/former-refs.ts";
import type { LeftOutside } from "../../worktree/left-outside.ts";

const namedThings = 5;

/**
 * Says what was made and changed in a repository while agents lived, and stays there, and what was deleted; how to see it, and how to
 * remove, put back or bring back what git alone has no list of.
 */
export function nameLeft(fleet: Fleet, repository: Repository, left: LeftOutside): void {
  const git = `git -C ${shellWord(repository.root)}`;
  const warn = (text: string) => fleet.report({ kind: "warning", text });
  for (const kind of [...made(git, repository, left), ...changed(git, repository, left)]) {
    if (kind.things.length === 0) continue;
    const next = [kind.look, ...remedy(kind)].join(", and ");
    warn(`${kind.how} in ${repository.root} while it lived, and left alone: ${few(kind)}; to see more, run ${next}`);
  }
  for (const kind of gone(git, left)) {
    if (kind.things.length === 0) continue;
    const next = remedy(kind, "run ").map((line) => `; ${line}`);
    warn(`${kind.how} in ${repository.root} while it lived, and held by nothing else: ${all(kind)}${next.join("")}`);
  }
}

/** Things of one kind. */
interface Kind {
  readonly noun: string;
  readonly things: readonly Thing[];
  /** What the lines of the things do: `to remove`. */
  readonly does?: string;
}

interface Thing {
  readonly name: string;
  readonly note?: string;
  /** What to type. */
  readonly line?: string;
}

interface Stays extends Kind {
  readonly how: "made" | "changed";
  readonly look: string;
}

interface Gone extends Kind {
  readonly how: "deleted" | "dropped";
}

function made(git: string, { commonDirectory }: Repository, left: LeftOutside): Stays[] {
  const how = "made";
  const removable = (names: readonly string[], removal: string) => ({
    things: names.map((name) => ({ name, line: `${removal} ${shellWord(name)}` })),
    does: "to remove",
  });
  const files = left.files.map((path) => join(commonDirectory, path));
  const remotes = left.remotes.map(({ name }) => name);
  return [
    ...left.worktrees.map(({ path, branch }): Stays => {
      const things = [{ name: path, ...(branch === undefined ? {} : { note: `, on the branch ${branch}` }) }];
      return { how, noun: "worktree", things, look: `git -C ${shellWord(path)} status` };
    }),
    { how, noun: "branch", things: left.branches.map(thing), look: `${git} branch -v` },
    { how, noun: "tag", things: left.tags.map(thing), look: `${git} tag -n` },
    { how, noun: "stash", things: left.stashes.map(thing), look: `${git} stash list` },
    { how, noun: "ref", look: `${git} for-each-ref`, ...removable(left.refs, `${git} update-ref -d`) },
    { how, noun: "remote", look: `${git} remote -v`, ...removable(remotes, `${git} remote remove`) },
    {
      ...{ how, noun: "setting", look: `${git} config --local --list` },
      ...removable(left.settings, `${git} config --local --unset-all`),
    },
    { how, noun: "file", look: lookAt(files), ...removable(files, "rm --") },
  ];
}

function changed(git: string, { commonDirectory }: Repository, left: LeftOutside): Stays[] {
  const how = "changed";
  const files = left.changed_files.map((path) => join(commonDirectory, path));
  const formers = left.changed_refs.map((former) => ({ ...kindOf(former.ref), former }));
  const refs = formers
    .filter(({ noun }) => noun !== "branch")
    .map(({ former }) => ({
      ...{ name: former.ref, note: ` (was ${short(former)})` },
      line: `${git} update-ref ${shellWord(former.ref)} ${short(former)}`,
    }));
  // Somebody may be on what it is now.
  const branches = formers
    .filter(({ noun }) => noun === "branch")
    .map(({ name, former }) => ({
      ...{ name, note: ` (was ${short(former)})` },
      line: `${git} branch ${shellWord(`${name}-before`)} ${short(former)}`,
    }));
  return [
    { how, noun: "branch", things: branches, look: `${git} branch -v`, does: "to bring back the former" },
    { how, noun: "ref", things: refs, look: `${git} for-each-ref`, does: "to put back" },
    { how, noun: "setting", things: left.changed_settings.map(thing), look: `${git} config --local --list` },
    { how, noun: "file", things: files.map(thing), look: lookAt(files) },
  ];
}

function gone(git: string, left: LeftOutside): Gone[] {
  const does = "to bring back";
  const refs = Map.groupBy(left.deleted_refs, ({ ref }) => kindOf(ref).noun);
  const deleted = [...refs].map(([noun, formers]): Gone => {
    const things = formers.map((former) => {
      const { name, command } = kindOf(former.ref);
      return { name, note: ` (${short(former)})`, line: `${git} ${command} ${shellWord(name)} ${short(former)}` };
    });
    return { how: "deleted", noun, things, does };
  });
  const stashes = left.dropped_stashes.map((stash) => ({
    ...{ name: short(stash), note: ` (${stash.message})` },
    line: `${git} stash store -m ${shellWord(stash.message)} ${short(stash)}`,
  }));
  return [...deleted, { how: "dropped", noun: "stash", things: stashes, does }];
}

/** What a ref is called, and the command of git that makes one. */
function kindOf(ref: string): { readonly noun: string; readonly name: string; readonly command: string } {
  const [, kind, name] = /^refs\/(heads|tags)\/(.+)$/.exec(ref) ?? [];
  if (name === undefined) return { noun: "ref", name: ref, command: "update-ref" };
  const noun = kind === "heads" ? "branch" : "tag";
  return { noun, name, command: noun };
}

function short({ object }: Pick<FormerRef, "object">): string {
  return object.slice(0, 12);
}

function thing(name: string): Thing {
  return { name };
}

function lookAt([path = ""]: readonly string[]): string {
  return `ls -l ${shellWord(dirname(path))}`;
}

/** The line for the first whose name can be typed as it is shown: no terminal shows each as it is. */
function remedy({ things, does }: Kind, run = ""): string[] {
  const first = things.find(({ name, line }) => line !== undefined && !/\p{C}/u.test(`${name}${line}`));
  return first === undefined ? [] : [`${does} ${first.name}, ${run}${first.line}`];
}

function few(kind: Kind): string {
  const more = kind.things.length > namedThings ? ` and ${kind.things.length - namedThings} more` : "";
  return `${all({ ...kind, things: kind.things.slice(0, namedThings) })}${more}`;
}

/** What is gone is in no list that could be looked at. */
function all({ noun, things }: Kind): string {
  const plural = /(?:ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
  const names = things.map(({ name, note = "" }) => `${name}${note}`).join(", ");
  return `the ${things.length === 1 ? noun : plural} ${names}`;
}
