import { lstatSync, readlinkSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Environment } from "../../../system/environment.ts";
import { findProgram } from "../../../system/exec.ts";
import { exists, isDirectory, isInside, realPath } from "../../../system/files.ts";

/** Programs that the user has at home. A directory that is all of the home, or of the machine, is none of programs. */
export function directoriesOnPath({ PATH = "", HOME = "" }: Environment): string[] {
  return PATH.split(":").filter((path) => {
    if (!path.startsWith("/") || !isDirectory(path)) return false;
    return ![path, realPath(path) ?? path].some((each) => holdsHome(each, HOME));
  });
}

/** What programs of an installation look for beside their directory; managers of versions lead to it (nvm, pyenv, rbenv, asdf). */
const besidePrograms = ["lib", "libexec", "versions", "version", "plugins", "installs"];

/** What the programs on the PATH need of the installations that they are of, where it is there. Of the home itself nothing is of any. */
export function installationsOnPath(environment: Environment): string[] {
  const roots = directoriesOnPath(environment)
    .filter((path) => ["bin", "shims"].includes(basename(path)))
    .map((path) => dirname(path));
  const own = [...new Set(roots)].filter(
    (root) => ![root, realPath(root) ?? root].some((path) => holdsHome(path, environment.HOME ?? "")),
  );
  return own.flatMap((root) => besidePrograms.map((name) => join(root, name))).filter(exists);
}

/**
 * Where a program is installed: the directories of its package if it is one of npm's, else those of its file and of all that leads there.
 * Of a directory that the whole home is in, the file alone.
 */
export function packageOf(program: string, { HOME = "" }: Environment): string[] {
  const path = program.includes("/") ? program : findProgram(program, {});
  const real = path === undefined ? undefined : realPath(path);
  if (path === undefined || real === undefined) return [];
  const own = (file: string) => (holdsHome(dirname(file), HOME) ? file : dirname(file));
  return [...new Set([...wayOf(path), real].flatMap((file) => [own(file), ...modulesAround(file)]))];
}

/** As many as the kernel follows, see path_resolution(7). */
const mostLinks = 40;

/**
 * The paths of a program and of what links to it lead to, one after the other. Each is there twice where its directory is reached by links,
 * as those of managers of versions are: as it is written, by which a program may look for its package, and as the kernel goes.
 */
function wayOf(path: string, links = mostLinks): string[] {
  const place = placeOfProgram(path);
  const isLink = links > 0 && lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return [path, place, ...(isLink ? wayOf(resolve(dirname(place), readlinkSync(place)), links - 1) : [])];
}

/**
 * The path by which a program is called inside: in the directory that it really is in. It may be a link all the same, which is then found
 * to lead on from there; but for one in a directory that the whole home is in, and so is not seen.
 */
export function placeInside(path: string, environment: Environment): string {
  const place = placeOfProgram(path);
  const isLink = lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink && holdsHome(dirname(place), environment.HOME ?? "") ? (realPath(place) ?? place) : place;
}

function placeOfProgram(path: string): string {
  return join(realPath(dirname(path)) ?? dirname(path), basename(path));
}

function holdsHome(directory: string, home: string): boolean {
  return home !== "" && [home, realPath(home) ?? home].some((each) => isInside(directory, each));
}

function modulesAround(path: string): string[] {
  const modules = path.indexOf("/node_modules/");
  return modules < 0 ? [] : [join(path.slice(0, modules), "node_modules")];
}
