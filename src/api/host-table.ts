import { type Operation, operation } from "./operation.ts";

/**
 * What the fleet of one machine asks that of another, over `fleet api` alone: no command, no page and no model calls these, and no help
 * lists them. A row is made like those of `table.ts`.
 */
const hostOperations = {
  host_look: operation({
    summary: "what this machine bears, and what it has of a repository",
    changes: false,
    shapes: () => import("../model/wire/host-look.ts"),
    load: async () => (await import("./host-side.ts")).hostLook,
  }),
  host_prepare: operation({
    summary: "make the mirror of a repository that agents here work on",
    changes: true,
    shapes: () => import("../model/wire/host-prepare.ts"),
    load: async () => (await import("./host-side.ts")).hostPrepare,
  }),
  host_launch: operation({
    summary: "make agents from what was pushed into a mirror",
    changes: true,
    shapes: () => import("../model/wire/host-launch.ts"),
    load: async () => (await import("./host-side.ts")).hostLaunch,
  }),
  host_work: operation({
    summary: "put the work of agents where it can be fetched from a mirror",
    changes: true,
    shapes: () => import("../model/wire/host-work.ts"),
    load: async () => (await import("./host-side.ts")).hostWork,
  }),
  host_commit: operation({
    summary: "commit the unsaved work of agents in a mirror",
    changes: true,
    shapes: () => import("../model/wire/host-commit.ts"),
    load: async () => (await import("./host-side.ts")).hostCommit,
  }),
  // Of these no record is kept: what was broken off is brought again, and what is there is there.
  host_lfs_expect: operation({
    summary: "say which files of Git LFS a mirror does not have",
    changes: false,
    shapes: async () => (await import("../model/wire/host-lfs.ts")).expect,
    load: async () => (await import("./host-lfs.ts")).hostLfsExpect,
  }),
  host_lfs_put: operation({
    summary: "add a piece to a file of Git LFS in a mirror",
    changes: false,
    shapes: async () => (await import("../model/wire/host-lfs.ts")).put,
    load: async () => (await import("./host-lfs.ts")).hostLfsPut,
  }),
  host_lfs_get: operation({
    summary: "hand out a piece of a file of Git LFS in a mirror",
    changes: false,
    shapes: async () => (await import("../model/wire/host-lfs.ts")).get,
    load: async () => (await import("./host-lfs.ts")).hostLfsGet,
  }),
  host_cost: operation({
    summary: "what agents here have used of late",
    changes: false,
    shapes: () => import("../model/wire/host-cost.ts"),
    load: async () => (await import("./host-cost.ts")).hostCost,
  }),
  host_take: operation({
    summary: "make an agent of another machine one of this",
    changes: true,
    shapes: () => import("../model/wire/host-take.ts"),
    load: async () => (await import("./host-side.ts")).hostTake,
  }),
  host_screens: operation({
    summary: "what the terminals of agents here show",
    changes: false,
    shapes: () => import("../model/wire/host-screens.ts"),
    load: async () => (await import("./host-terminals.ts")).hostScreens,
  }),
  // Nobody types the same again when a link breaks, and what was typed is for nobody to keep: it is no operation with a name.
  host_type: operation({
    summary: "type into the terminal of an agent here",
    changes: false,
    shapes: () => import("../model/wire/host-type.ts"),
    load: async () => (await import("./host-terminals.ts")).hostType,
  }),
  host_scrollback: operation({
    summary: "what has left the terminal of an agent here at its top",
    changes: false,
    shapes: () => import("../model/wire/host-scrollback.ts"),
    load: async () => (await import("./host-terminals.ts")).hostScrollback,
  }),
} as const;

/** The operation between machines with this name, if there is one. */
export function hostOperationNamed(name: string): Operation | undefined {
  return Object.hasOwn(hostOperations, name) ? hostOperations[name as keyof typeof hostOperations] : undefined;
}
