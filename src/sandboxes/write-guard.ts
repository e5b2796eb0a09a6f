import { landlockVersion } from "../system/landlock.ts";
import type { Sandbox } from "./sandbox.ts";

/**
 * Landlock, set up by this program itself before it becomes the agent: no package, no root, half a millisecond. It keeps the agent from
 * changing files elsewhere, and from nothing else: a guard against mistakes, no sandbox.
 */
export const writeGuard: Sandbox = {
  wrapperName: undefined,

  async check() {
    const version = landlockVersion();
    if (version === 0) {
      return { works: false, finding: "needs Linux 5.13 or newer with Landlock", remedy: undefined };
    }
    return { works: true, finding: `Landlock ${version}; it does not cover ${uncovered(version)}`, remedy: undefined };
  },

  wrap({ mounts, program }) {
    const places = mounts.filter(({ writable }) => writable === true).flatMap(({ path }) => ["--write", path]);
    return [program, "__guard", ...places, "--"];
  },
};

/** What an agent can do all the same, with this version of Landlock. */
function uncovered(version: number): string {
  return [
    "reading",
    "the network",
    "sockets by path (docker, tmux)",
    "modes and owners of files",
    ...(version < 3 ? ["emptying files"] : []),
    ...(version < 6 ? ["signals"] : []),
  ].join(", ");
}
