import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { exists, isRealDirectory } from "./files.ts";

/** What the kernel keeps a group of processes to. */
export type Controller = "memory" | "cpu" | "pids";

/** Where groups for some controllers can be made: the directory of the group that this process is in, or one above it. */
export interface GroupParent {
  readonly version: 1 | 2;
  readonly directory: string;
  readonly controllers: readonly Controller[];
}

/**
 * Where this process may make groups (cgroups(7)). In version 1 each controller has a hierarchy of its own. In version 2 a group that has
 * processes has no groups with limits below it, so the nearest one above it that hands its controllers on is the place.
 */
export function groupParents(): GroupParent[] {
  const mounts = (readIfThere("/proc/self/mountinfo") ?? "").split("\n").map(mountOf);
  const own = new Map((readIfThere("/proc/self/cgroup") ?? "").split("\n").map(membershipOf));
  return mounts.flatMap((mount): GroupParent[] => {
    if (mount === undefined) return [];
    if (mount.type === "cgroup2") return unifiedParent(mount, own.get("") ?? "/");
    const controllers = mount.options.filter(isController);
    const directory = resolve(mount.place, `.${below(mount.root, own.get(controllers[0] ?? "-") ?? "/")}`);
    return controllers.length > 0 && isWritable(directory) ? [{ version: 1, directory, controllers }] : [];
  });
}

/** What the kernel says of the groups that a process is in, see cgroups(7); nothing of one that is gone. */
export function groupsTextOf(pid: number): string {
  return readIfThere(`/proc/${pid}/cgroup`) ?? "";
}

/**
 * A file of a group or of a process, or `undefined` when that is gone, which may be while its file is being read: the kernel fails the
 * read then, where a file of a disk would still be read.
 */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["ENOENT", "ENOTDIR", "ENODEV", "ESRCH"].includes(code)) return undefined;
    throw error;
  }
}

/** The groups that a process is in, of those that keep it to anything. */
export function groupsOfProcess(pid: number): GroupParent[] {
  const mounts = (readIfThere("/proc/self/mountinfo") ?? "").split("\n").map(mountOf);
  const its = new Map(groupsTextOf(pid).split("\n").map(membershipOf));
  return mounts.flatMap((mount): GroupParent[] => {
    if (mount === undefined) return [];
    const directoryFor = (path: string) => resolve(mount.place, `.${below(mount.root, path)}`);
    if (mount.type === "cgroup2") {
      const directory = directoryFor(its.get("") ?? "/");
      const names = (readIfThere(join(directory, "cgroup.controllers")) ?? "").trim().split(" ");
      return names.some(isController) ? [{ version: 2, directory, controllers: names.filter(isController) }] : [];
    }
    const controllers = mount.options.filter(isController);
    const path = its.get(controllers[0] ?? "-");
    if (controllers.length === 0 || path === undefined) return [];
    return [{ version: 1, directory: directoryFor(path), controllers }];
  });
}

interface CgroupMount {
  readonly type: string;
  readonly root: string;
  readonly place: string;
  readonly options: readonly string[];
}

/** `35 31 0:32 /ROOT /PLACE rw - cgroup cgroup rw,memory`, see proc_pid_mountinfo(5). */
function mountOf(line: string): CgroupMount | undefined {
  const [before = "", after = ""] = line.split(" - ");
  const [, , , root, place] = before.split(" ");
  const [type = "", , options = ""] = after.split(" ");
  if (!type.startsWith("cgroup") || root === undefined || place === undefined) return undefined;
  return { type, root, place, options: options.split(",") };
}

/** `4:memory:/PATH`; in version 2 `0::/PATH`, which has no name. A hierarchy may have several controllers. */
function membershipOf(line: string): readonly [string, string] {
  const [, names = "-", ...path] = line.split(":");
  return [names.split(",").find(isController) ?? names, path.join(":")];
}

function isController(name: string): name is Controller {
  return name === "memory" || name === "cpu" || name === "pids";
}

/** A mount may show only a part of the hierarchy, as in a container. */
function below(root: string, path: string): string {
  return root === "/" || !path.startsWith(root) ? path : path.slice(root.length);
}

function unifiedParent({ root, place }: CgroupMount, path: string): GroupParent[] {
  for (
    let directory = resolve(place, `.${below(root, path)}`);
    directory.startsWith(place);
    directory = dirname(directory)
  ) {
    const isTop = directory === place;
    // The group at the very top, which alone has no type, may have both processes and groups: where nobody has handed its controllers
    // on, we can. What is at the top in a container is an ordinary one.
    const isRoot = isTop && !exists(join(directory, "cgroup.type"));
    const list = isRoot ? "cgroup.controllers" : "cgroup.subtree_control";
    const names = (readIfThere(join(directory, list)) ?? "").trim().split(" ");
    const controllers = names.filter(isController);
    if (controllers.length > 0 && isWritable(directory) && isWritable(join(directory, "cgroup.procs"))) {
      return [{ version: 2, directory, controllers }];
    }
    if (isTop) return [];
  }
  return [];
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Makes a group below a parent, with its controllers. That it is there already is fine. */
export function makeGroup({ version, directory: parent, controllers }: GroupParent, name: string): void {
  const directory = join(parent, name);
  if (isRealDirectory(directory)) return;
  const handedOn = version === 1 ? [] : controllers;
  for (const controller of handedOn) tryWrite(join(parent, "cgroup.subtree_control"), `+${controller}`);
  mkdirSync(directory);
}

/** Writes a file of a group; whether the kernel took it. */
export function tryWrite(path: string, text: string): boolean {
  try {
    writeFileSync(path, text);
    return true;
  } catch {
    return false;
  }
}

/** A group and all below it, but for those that end meanwhile; none where there is none. */
export function groupsBelow(directory: string): string[] {
  try {
    const inner = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [directory, ...inner.flatMap(({ name }) => groupsBelow(join(directory, name)))];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENODEV") return [];
    throw error;
  }
}

/** Removes a group in which nothing runs any more; whether it is gone. */
export function removeGroup(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
