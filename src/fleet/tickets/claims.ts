import { hostname } from "node:os";
import { FleetError } from "../../errors.ts";
import type { TicketReference } from "../../model/ticket.ts";
import { ownerId } from "../../state/owner.ts";
import { claimRef } from "../../state/refs.ts";
import { claimRefs, refsThere, releaseRefs } from "../../system/git/claims.ts";
import type { GitPlace } from "../../system/git/command.ts";
import { type Remote, remotesOf } from "../../system/git/remotes.ts";
import type { Repository } from "../../system/git/repository.ts";
import { currentRepository, type Fleet, gitAt, settingsFor, statePlaces } from "../fleet.ts";
import { claimByComment, releaseByComment } from "./comment-claims.ts";
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
 * is its own. Where the remote cannot be pushed to, a comment on the ticket does, if the settings want that; else it is said, and tickets
 * are free.
 */
export async function claimTickets(fleet: Fleet, tickets: readonly TicketReference[]): Promise<Claims> {
  const repository = await currentRepository({ ...fleet, report: () => undefined });
  const { claim_tickets: isWanted, claim_by_comment: mayComment } = settingsFor(fleet, repository.root);
  if (!isWanted || tickets.length === 0) return nothing;
  const where = await claimPlace(fleet, repository);
  if (where === undefined) return mayComment ? claimAllByComment(fleet, tickets) : nothing;
  const { claims, impossible } = await claimOnRemote(fleet, where, tickets);
  if (impossible.size === 0) return claims;
  if (mayComment) return bothOf(claims, await claimAllByComment(fleet, [...impossible.keys()]));
  for (const [{ key }, why] of impossible) {
    const text = `${key} is not claimed on ${where.remote.name} (${why}): another machine could start an agent for it, too; claim_by_comment = true claims it on the ticket`;
    fleet.report({ kind: "warning", text });
  }
  return claims;
}

interface RemoteClaims {
  readonly claims: Claims;
  /** Those that could not be claimed there, and why. */
  readonly impossible: ReadonlyMap<TicketReference, string>;
}

async function claimOnRemote(
  fleet: Fleet,
  { place, remote }: ClaimPlace,
  tickets: readonly TicketReference[],
): Promise<RemoteClaims> {
  const owner = ownerId(statePlaces(fleet));
  const at = `${new Date().toISOString().slice(0, 19)}Z`;
  const wanted = tickets.map((ticket) => ({
    ref: claimRef(ticket),
    text: `Claim of ${ticket.key}\n\nowner: ${owner}\nhost: ${visibleLine(hostname(), 100)}\nat: ${at}\n`,
  }));
  const outcomes = await claimRefs(place, remote, wanted);
  const taken = new Map<string, FleetError>();
  const impossible = new Map<TicketReference, string>();
  const made: { readonly key: string; readonly ref: string; readonly commit: string }[] = [];
  for (const [index, ticket] of tickets.entries()) {
    const outcome = outcomes[index];
    if (outcome?.kind === "made") made.push({ key: ticket.key, ref: claimRef(ticket), commit: outcome.commit });
    else if (outcome?.kind === "impossible") impossible.set(ticket, outcome.why);
    else if (outcome !== undefined && fieldOf(outcome.text, "owner") !== owner) {
      taken.set(ticket.key, takenBy(ticket.key, fieldOf(outcome.text, "host"), fieldOf(outcome.text, "at")));
    }
  }
  const release = async (keys: readonly string[]) => {
    const own = made.filter(({ key }) => keys.includes(key));
    await releaseRefs(place, remote, own);
  };
  return { claims: { taken, release }, impossible };
}

function bothOf(one: Claims, other: Claims): Claims {
  return {
    taken: new Map([...one.taken, ...other.taken]),
    release: async (keys) => {
      await one.release(keys);
      await other.release(keys);
    },
  };
}

/** Trackers are loaded when one is asked: most claims need none. */
async function deskOf(fleet: Fleet) {
  const { openDesk } = await import("./desk.ts");
  return openDesk(fleet);
}

/** Takes tickets by comments on them. Where that cannot be, it is said, and the ticket is free. */
async function claimAllByComment(fleet: Fleet, tickets: readonly TicketReference[]): Promise<Claims> {
  const desk = await deskOf(fleet);
  const claimant = { owner: ownerId(statePlaces(fleet)), host: visibleLine(hostname(), 100) };
  const taken = new Map<string, FleetError>();
  const made: { readonly ticket: TicketReference; readonly id: string }[] = [];
  const claim = async (ticket: TicketReference) => {
    const outcome = await claimByComment(await desk.trackerOf(ticket), ticket, claimant, fleet.cancelled);
    if (outcome.kind === "taken") taken.set(ticket.key, takenBy(ticket.key, outcome.host, outcome.at));
    else if (outcome.made !== undefined) made.push({ ticket, id: outcome.made });
  };
  await Promise.all(
    tickets.map((ticket) =>
      claim(ticket).catch((error: unknown) => {
        if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
        const text = `${ticket.key} is not claimed (${error.message}): another machine could start an agent for it, too`;
        fleet.report({ kind: "warning", text });
      }),
    ),
  );
  return {
    taken,
    release: async (keys) => {
      for (const { ticket, id } of made.filter((each) => keys.includes(each.ticket.key))) {
        await (await desk.trackerOf(ticket)).unsay(ticket, id);
      }
    },
  };
}

/** Gives tickets back, whoever has claimed them. Says of each whether there was a claim. Throws FleetError when the remote refuses. */
export async function releaseTickets(
  fleet: Fleet,
  tickets: readonly TicketReference[],
): Promise<readonly { readonly key: string; readonly wasClaimed: boolean }[]> {
  const repository = await currentRepository(fleet);
  const { claim_by_comment: mayComment } = settingsFor(fleet, repository.root);
  const where = await claimPlace(fleet, repository);
  if (where === undefined && !mayComment) {
    throw new FleetError("failed", "this repository has no remote where tickets are claimed", {
      hint: "to see the remotes, run git remote --verbose",
    });
  }
  const claimed = new Set<string>();
  if (where !== undefined) for (const key of await releaseOnRemote(where, tickets)) claimed.add(key);
  if (mayComment) {
    for (const key of await releaseComments(fleet, tickets, claimed)) claimed.add(key);
  }
  return tickets.map(({ key }) => ({ key, wasClaimed: claimed.has(key) }));
}

interface ClaimPlace {
  readonly place: GitPlace;
  readonly remote: Remote;
}

/**
 * Takes away the comments that claim these tickets, and returns the keys of those that had one. A ticket that was given back on the remote is
 * free, whatever the tracker says, which is then told. Throws FleetError when one cannot be asked for another ticket.
 */
async function releaseComments(
  fleet: Fleet,
  tickets: readonly TicketReference[],
  released: ReadonlySet<string>,
): Promise<readonly string[]> {
  const desk = await deskOf(fleet);
  const claimed: string[] = [];
  for (const ticket of tickets) {
    try {
      if ((await releaseByComment(await desk.trackerOf(ticket), ticket)) > 0) claimed.push(ticket.key);
    } catch (error) {
      if (!(error instanceof FleetError) || fleet.cancelled.aborted || !released.has(ticket.key)) throw error;
      fleet.report({ kind: "warning", text: `${ticket.key} may be claimed by a comment, too (${error.message})` });
    }
  }
  return claimed;
}

/** Returns the keys of those that were claimed there. */
async function releaseOnRemote(
  { place, remote }: ClaimPlace,
  tickets: readonly TicketReference[],
): Promise<readonly string[]> {
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
  return tickets.filter((ticket) => there.has(claimRef(ticket))).map(({ key }) => key);
}

async function claimPlace(fleet: Fleet, repository: Repository): Promise<ClaimPlace | undefined> {
  if (!settingsFor(fleet, repository.root).claim_tickets) return undefined;
  const place = gitAt(fleet, repository.commonDirectory);
  const remotes = await remotesOf(place);
  const remote = remotes.find(({ name }) => name === "origin") ?? (remotes.length === 1 ? remotes[0] : undefined);
  return remote === undefined ? undefined : { place, remote };
}

function takenBy(key: string, host: string, at: string): FleetError {
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
