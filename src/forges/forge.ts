import type { TokenSources } from "../system/token.ts";

/** How a forge is reached. */
export interface Access {
  readonly host: string;
  /** The address below which its operations are. */
  readonly address: string;
  readonly token: string;
  /** What a person does to have another token, as the end of a hint. */
  readonly wayToToken: string;
  readonly cancelled: AbortSignal;
  /** Called before a busy forge is asked again. */
  readonly onWait: (reason: string, milliseconds: number) => void;
}

/** What a forge knows of a repository. Repositories are named by their path: `acme/shop`. */
export interface Project {
  /** Under its name of today. */
  readonly path: string;
  readonly defaultBranch: string;
  /** `undefined` when the forge does not say. */
  readonly mayPush: boolean | undefined;
  readonly archived: boolean;
  /** The repository that it is a fork of. */
  readonly parent: string | undefined;
}

/** `draft` is open too. */
export type PullState = "open" | "draft" | "closed" | "merged";

/** A pull request, or merge request, as the forge has it. */
export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly state: PullState;
  readonly title: string;
  readonly body: string;
  /** The branch it goes into. */
  readonly base: string;
  /** The newest commit in it. */
  readonly head: string;
}

/** A pull request that is to be opened. */
export interface NewPull {
  readonly title: string;
  readonly body: string;
  readonly base: string;
  /** The repository that has the branch. */
  readonly from: string;
  readonly branch: string;
  readonly draft: boolean;
}

/**
 * A place where pull requests are. Its functions throw FleetError `failed` with the words of the forge; nothing of the token is in them.
 */
export interface Forge {
  readonly name: string;
  /** What stands before a number: `#`. */
  readonly sign: string;
  /** The host that everybody knows. */
  readonly publicHost: string;
  /** Hosts that the environment says are such a forge, as its own workflows set it, and where its operations are. */
  addressOf(host: string, environment: Readonly<Record<string, string | undefined>>): string | undefined;
  /** Where its operations are on a host of somebody's own. */
  addressOn(host: string): string;
  tokenSources(host: string, command: string, environment: Readonly<Record<string, string | undefined>>): TokenSources;
  project(access: Access, path: string): Promise<Project>;
  /** Those from a branch of `from` into any branch of `into`, the newest first. */
  pullsFrom(access: Access, into: string, from: string, branch: string): Promise<readonly PullRequest[]>;
  pull(access: Access, into: string, number: number): Promise<PullRequest>;
  open(access: Access, into: string, pull: NewPull): Promise<PullRequest>;
  /** Writes another text. `draft` is whether it is one, and stays one: some forges keep that in the title. */
  update(
    access: Access,
    into: string,
    number: number,
    change: { readonly title?: string; readonly body?: string; readonly draft: boolean },
  ): Promise<PullRequest>;
  /** Makes an open one a draft, or ready for review. */
  setDraft(access: Access, into: string, pull: PullRequest, draft: boolean): Promise<PullRequest>;
  /** Asks people to review it, by their names on the forge. */
  askReviewers(access: Access, into: string, number: number, names: readonly string[]): Promise<void>;
  addLabels(access: Access, into: string, number: number, names: readonly string[]): Promise<void>;
}
