/** The map of what is kept in a repository of git, as `places.ts` is of the disk; all of it below `refs/fleet/`. */

/** Keeps the snapshot of a killed agent's unsaved work. */
export function savedRef(id: string): string {
  return `refs/fleet/saved/${id}`;
}

/** Keeps the branches alive that went with a killed agent. */
export function childrenRef(id: string): string {
  return `${savedRef(id)}.children`;
}

/** Has the conversation of an agent while it moves to or from another machine. */
export function conversationRef(id: string): string {
  return `refs/fleet/conversations/${id}`;
}

/** Has the work of an agent on another machine, as it was fetched last. */
export function awayRef(host: string, branch: string): string {
  return `refs/fleet/hosts/${host}/${branch}`;
}

/** In a mirror: has the work of an agent there, for the machine that asks for it. */
export function offeredRef(id: string): string {
  return `refs/fleet/out/${id}`;
}

/** In a mirror: where all is that other machines push, until it is where it belongs. */
export const arrivedRefs = "refs/fleet/in/";

/** In a mirror: has a commit that another machine pushed, and calls so. */
export function arrivedRef(pushed: string): string {
  return `${arrivedRefs}${pushed}`;
}

/** In a mirror: has the conversation that goes with such a commit. */
export function arrivedConversationRef(pushed: string): string {
  return `${arrivedRef(pushed)}.conversation`;
}

/** In a mirror: has what a fleet pushed last, so that its next push need bring only what is new. */
export function lastPushRef(owner: string): string {
  return `refs/fleet/have/${owner}`;
}

/**
 * On the remote: says who has a ticket. Keys are those of trackers, in which git finds nothing to refuse:
 * `refs/fleet/claims/github/acme/web#42`.
 */
export function claimRef({ tracker, key }: { readonly tracker: string; readonly key: string }): string {
  return `refs/fleet/claims/${tracker}/${key}`;
}
