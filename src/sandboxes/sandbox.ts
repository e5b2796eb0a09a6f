import type { NetworkAccess } from "../model/sandbox.ts";
import type { Environment } from "../system/environment.ts";

/** What a sandbox shows of the machine, beside the system's own directories. All paths are absolute, and the same inside and outside. */
export interface View {
  readonly worktree: string;
  /** Later ones lie on top of earlier ones. */
  readonly mounts: readonly Mount[];
  readonly network: NetworkAccess;
  /** The absolute path of this program, for a sandbox that it sets up itself. */
  readonly program: string;
  /** Ours is root, so that what only root may read has to be hidden. */
  readonly superuser: boolean;
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
  /** Tries it, harmlessly. */
  check(environment: Environment): Promise<SandboxCheck>;
  /** The words that go before a command line so that it runs inside. */
  wrap(view: View, environment: Environment): readonly string[];
  /** Processes that are the sandbox, not the agent: asked to end by themselves they would take the agent with them at once. */
  readonly wrapperName: string | undefined;
}
