import type { NetworkAccess, SandboxSettings } from "../model/sandbox.ts";
import type { Environment } from "../system/environment.ts";

/** What a sandbox shows of the machine, beside the system's own directories. All paths are absolute, and the same inside and outside. */
export interface View {
  readonly worktree: string;
  /** Later ones lie on top of earlier ones. */
  readonly mounts: readonly Mount[];
  readonly network: NetworkAccess;
  /** The way out where the network is reached by a proxy. */
  readonly outlet?: Outlet | undefined;
  /** The absolute path of this program, for a sandbox that it sets up itself. */
  readonly program: string;
  /** Ours is root, so that what only root may read has to be hidden. */
  readonly superuser: boolean;
  /** What only an engine for containers needs to be told. */
  readonly container: ContainerView;
}

/**
 * The way into the network of a sandbox that has none of its own. Outside runs a proxy that lets through what is allowed, on a socket in a
 * directory that can be seen and not written to inside; inside runs a relay to it on a port, since programs know proxies by an address.
 */
export interface Outlet {
  readonly directory: string;
  /** The name of the socket there: paths of sockets must be short. */
  readonly socket: string;
  /** Patterns as `isHostPattern` takes them. */
  readonly allow: readonly string[];
  /** The file where what was refused is written down. */
  readonly refused: string;
}

/** What there is to be said of a container beside what is seen in it. */
export interface ContainerView {
  /** The id of the agent, which it bears as a label. */
  readonly agent: string;
  /** The fleet that the agent is of, by the directory where that keeps its agents. */
  readonly owner: string;
  /** The environment of what runs in it, which the engine is told by name. */
  readonly environment: Environment;
  readonly settings: Pick<SandboxSettings, "memory_limit" | "cpu_limit" | "pids_limit" | "image">;
  /** The file that the engine writes the id of the container to. */
  readonly note: string;
  /** A directory with one that is empty, `nothing`, and one that a container without an image is rooted in, `root`. */
  readonly places: string;
  /** A file that it can write to, for what the kernel tells of its memory at the end. */
  readonly memoryReport: string;
}

/** Something of the machine that is to be seen inside. */
export interface Mount {
  readonly path: string;
  /** What is to be seen there; the same path unless given. */
  readonly from?: string;
  readonly writable?: true;
  /** That it is not there is fine. */
  readonly optional?: true;
}

/** Whether a sandbox works on this machine, and if not, why and what helps. */
export interface SandboxCheck {
  readonly works: boolean;
  readonly finding: string;
  readonly remedy: string | undefined;
}

/** One kind of sandbox: how a start is wrapped. What ends the processes of an agent ends all that runs in it. */
export interface Sandbox {
  /** Whether it works here. `thorough` tries it, harmlessly, where that takes longer than a start may. */
  check(environment: Environment, how?: { readonly thorough: boolean }): Promise<SandboxCheck>;
  /** The words that go before a command line so that it runs inside. */
  wrap(view: View, environment: Environment): readonly string[];
  /** Processes that are the sandbox, not the agent: asked to end by themselves they would take the agent with them at once. */
  readonly wrapperName: string | undefined;
  /** The engine that its containers are of, for those that have one. */
  readonly engine?: ContainerEngine;
}

/** A container of ours, as its engine lists it. */
export interface OwnContainer {
  readonly id: string;
  /** The id of the agent that it was made for. */
  readonly agent: string;
}

/** What makes containers, and keeps them when nobody looks after them any more. */
export interface ContainerEngine {
  /** The containers of a fleet, also those in which nothing runs; none where the engine is not installed. */
  list(owner: string, environment: Environment): Promise<OwnContainer[]>;
  /** Ends containers at once and removes them; that one is gone already is fine. Throws FleetError `failed` when one stays. */
  remove(ids: readonly string[], environment: Environment): Promise<void>;
}
