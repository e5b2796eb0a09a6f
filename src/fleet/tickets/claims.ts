import { hostname } from "node:os";
import { FleetError } from "../../errors.ts";
import type { TicketReference } from "../../model/ticket.ts";
import { ownerId } from "../../state/owner.ts";
import { claimRefs, refsThere, releaseRefs } from "../../system/git/claims.ts";
import type { GitPlace } from "../../system/git/command.ts";
import { type Remote, remotesOf } from "../../system/git/remotes.ts";
import type { Repository } from "../../system/git/repository.ts";
import { currentRepository, type Fleet, gitAt, settingsFor, statePlaces } from "../fleet.ts";
import { visibleLine } from "./quote.ts";

/** Tickets that this fleet may start agents for, and those that another has. */
export interface Claims {
  /** By the key of the ticket. */
  readonly taken: ReadonlyMap<string, FleetError>;
  /** Gives back those of these tickets that were claimed just now. */
  release(keys: readonly string[]): Promise<void>;
}

const nothing: Claims = { taken: new Map(), release: () => Promise.resolve() };

/**
 * Takes tickets on the remote of the repository, so that two machines never start agents for the same. A ticket that this fleet had before
 * is its own. Where the remote cannot be pushed to, that is said, and tickets are free.
 */
export async function claimTickets(fleet: Fleet, tickets: readonly TicketReference[]): Promise<Claims> {
  const repository = await currentRepository({ ...fleet, report: () => undefined });
  const where = await claimPlace(fleet, repository);
  if (where === undefined || tickets.length === 0) return nothing;
  const { place, remote } = where;
  const owner = ownerId(statePlaces(fleet));
  const at = `${new Date().toISOString().slice(0, 19)}Z`;
  const claims = tickets.map((ticket) => ({
    ref: claimRef(ticket),
    text: `Claim of ${ticket.key}\n\nowner: ${owner}\nhost: ${visibleLine(hostname(), 100)}\nat: ${at}\n`,
  }));
  const outcomes = await claimRefs(place, remote, claims);
  const taken = new Map<string, FleetError>();
  const made: { readonly key: string; readonly ref: string; readonly commit: string }[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const { key } = tickets[index] ?? { key: "" };
    const { ref } = claims[index] ?? { ref: "" };
    if (outcome.kind === "made") made.push({ key, ref, commit: outcome.commit });
    else if (outcome.kind === "impossible") {
      const text = `${key} is not claimed on ${remote.name} (${outcome.why}): another machine could start an agent for it, too`;
      fleet.report({ kind: "warning", text });
    } else if (fieldOf(outcome.text, "owner") !== owner) taken.set(key, takenBy(key, outcome.text));
  }
  return {
    taken,
    release: async (keys) => {
      await releaseRefs(
        place,
        remote,
        made.filter(({ key }) => keys.includes(key)),
      );
    },
  };
}

/** Gives tickets back, whoever has claimed them. Says of each whether there was a claim. Throws FleetError when the remote refuses. */
export async function releaseTickets(
  fleet: Fleet,
  tickets: readonly TicketReference[],
): Promise<readonly { readonly key: string; readonly wasClaimed: boolean }[]> {
  const where = await claimPlace(fleet, await currentRepository(fleet));
  if (where === undefined) {
    throw new FleetError("failed", "this repository has no remote where tickets are claimed", {
      hint: "to see the remotes, run git remote --verbose",
    });
  }
  const { place, remote } = where;
  const refs = tickets.map((ticket) => ({ ref: claimRef(ticket) }));
  const there = await refsThere(place, remote, refs);
  const left = await releaseRefs(
    place,
    remote,
    [...there].map(([ref, commit]) => ({ ref, commit })),
  );
  if (left.length > 0) {
    throw new FleetError("failed", `${left.join(", ")} could not be taken from ${remote.name}`, {
      hint: `to see what git says, run git push ${remote.name} :${left[0]}`,
    });
  }
  return tickets.map((ticket) => ({ key: ticket.key, wasClaimed: there.has(claimRef(ticket)) }));
}

async function claimPlace(
  fleet: Fleet,
  repository: Repository,
): Promise<{ readonly place: GitPlace; readonly remote: Remote } | undefined> {
  if (!settingsFor(fleet, repository.root).claim_tickets) return undefined;
  const place = gitAt(fleet, repository.commonDirectory);
  const remotes = await remotesOf(place);
  const remote = remotes.find(({ name }) => name === "origin") ?? (remotes.length === 1 ? remotes[0] : undefined);
  return remote === undefined ? undefined : { place, remote };
}

/** Keys are those of trackers, in which git finds nothing to refuse: `refs/fleet/claims/github/acme/web#42`. */
function claimRef({ tracker, key }: TicketReference): string {
  return `refs/fleet/claims/${tracker}/${key}`;
}

function takenBy(key: string, text: string): FleetError {
  const host = fieldOf(text, "host");
  const at = fieldOf(text, "at");
  const who = host === "" ? "another fleet" : `the fleet on ${host}`;
  return new FleetError("failed", `${key} is taken by ${who}${at === "" ? "" : `, since ${at}`}`, {
    code: "ticket-taken",
    hint: `if that one has given it up, run fleet ticket --release ${key}`,
  });
}

function fieldOf(text: string, name: string): string {
  const value = text.split("\n").find((line) => line.startsWith(`${name}: `));
  return visibleLine(value?.slice(name.length + 2) ?? "", 100);
}
