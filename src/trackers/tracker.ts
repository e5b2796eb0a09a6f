import { FleetError } from "../errors.ts";
import type { FoundTicket, Ticket, TicketComment, TicketReference, TrackerName } from "../model/ticket.ts";
import { type HttpAnswer, type HttpRequest, http } from "../system/http.ts";

/** How a tracker is reached. */
export interface TrackerAccess {
  /** Where requests go: `https://api.github.com`. */
  readonly api: string;
  /** What proves who asks; trackers that show things to everybody do without. Goes into a header and nowhere else. */
  readonly token: string | undefined;
  /** Where the token is from, for errors: `GITHUB_TOKEN`. */
  readonly tokenSource: string | undefined;
  /** What a person does to have another token, as the end of a hint. */
  readonly wayToToken: string;
  readonly cancelled: AbortSignal;
  readonly onWait?: (reason: string, milliseconds: number) => void;
}

/** A place where tickets are. */
export interface Tracker {
  readonly name: TrackerName;
  /** Reads a ticket with its newest comments. Throws FleetError `failed` that tells a refused token from a missing ticket. */
  read(reference: TicketReference): Promise<Ticket>;
  /** The tickets that a query in the tracker's own words finds, at most so many, in its order. */
  search(query: string, limit: number): Promise<readonly FoundTicket[]>;
  /**
   * Everybody who has changed title or text since the ticket was written, by their ids; `""` for somebody of whom the tracker tells none.
   * Throws FleetError when that cannot be known.
   */
  editors(reference: TicketReference): Promise<readonly string[]>;
  /**
   * Everybody who has put a label on a ticket since it was written, by their ids as `editors` has them. GitHub does without: it sends again
   * what its webhooks have missed, with whoever caused it.
   */
  labellers?(reference: TicketReference, label: string): Promise<readonly string[]>;
  /** Writes a comment of ours, or the one anew that has the marker and is of the same user. The marker is part of the text. */
  comment(reference: TicketReference, marker: string, text: string): Promise<void>;
  /** The comments that have a marker, the oldest first; of those that anybody may write, only what people of the project wrote. */
  marked(reference: TicketReference, marker: string): Promise<readonly TicketComment[]>;
  /** Writes one comment more. */
  say(reference: TicketReference, text: string): Promise<void>;
  /** Takes a comment away. */
  unsay(reference: TicketReference, id: string): Promise<void>;
  /** Moves a ticket to where users want it: a label, or a state, as the tracker has it. What it has already is left alone. */
  mark(reference: TicketReference, word: string): Promise<void>;
}

/** A request to a tracker, as `http` of `system/` takes it but for what is the same for all. */
export type TrackerRequest = Pick<HttpRequest, "method" | "url" | "headers" | "body">;

/** Asks a tracker. Throws FleetError when there is no answer; what is answered is the caller's to judge. */
export function ask(access: TrackerAccess, service: string, request: TrackerRequest): Promise<HttpAnswer> {
  const { cancelled, onWait } = access;
  return http({ ...request, service, cancelled, ...(onWait === undefined ? {} : { onWait }) });
}

/** Waits, saying why. Throws the reason when users cancel. */
export async function pauseFor(
  { cancelled, onWait }: TrackerAccess,
  reason: string,
  milliseconds: number,
): Promise<void> {
  onWait?.(reason, milliseconds);
  cancelled.throwIfAborted();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const stop = () => resolve();
  cancelled.addEventListener("abort", stop, { once: true });
  await promise;
  clearTimeout(timer);
  cancelled.removeEventListener("abort", stop);
  cancelled.throwIfAborted();
}

/** Comments in the order in which they were written; ids of numbers tell those of the same second apart. */
export function byAge(one: TicketComment, other: TicketComment): number {
  return one.at.localeCompare(other.at) || one.id.localeCompare(other.id, "en", { numeric: true });
}

/** What a tracker's refusal is about. */
interface Refusal {
  readonly service: string;
  /** What was asked for: `acme/web#42`. */
  readonly what: string;
  readonly access: TrackerAccess;
  /** How users give a token: ends in a command. */
  readonly tokenHint: string;
  /** What the tracker says itself. */
  readonly words: string;
}

/** The error for a status that is no success: a refused token, too few rights, a missing ticket and the rest are told apart. */
export function refusal(status: number, { service, what, access, tokenHint, words }: Refusal): FleetError {
  const output = words.trim() === "" ? {} : { output: bounded(words) };
  const source = access.tokenSource === undefined ? "" : ` from ${access.tokenSource}`;
  if (status === 401 && access.token === undefined) {
    return new FleetError("failed", `${service} wants to know who asks for ${what}`, {
      code: "token-missing",
      hint: tokenHint,
    });
  }
  if (status === 401) {
    return new FleetError("failed", `${service} does not accept the token${source}`, {
      ...output,
      code: "token-refused",
      hint: tokenHint,
    });
  }
  if (status === 403) {
    return new FleetError(
      "failed",
      `${service} does not let ${access.token === undefined ? "everybody" : "this token"} use ${what}`,
      {
        ...output,
        code: "not-allowed",
        hint: tokenHint,
      },
    );
  }
  if (status === 404 || status === 410) {
    const seen =
      access.token === undefined ? "or it is not for everybody to see" : `or the token${source} may not see it`;
    return new FleetError("failed", `${service} has no ${what}, ${seen}`, {
      code: "ticket-not-found",
      hint: tokenHint,
    });
  }
  return new FleetError("failed", `${service} answers ${status} for ${what}`, {
    ...output,
    code: "tracker-refused",
    hint: "to see what each answer means, run fleet help tickets",
  });
}

const longestWords = 500;

function bounded(words: string): string {
  return words.length > longestWords ? `${words.slice(0, longestWords)}...` : words;
}

/** The error for a ticket that was changed more often than anybody can look through. */
export function tooManyEdits(key: string): FleetError {
  return new FleetError("failed", `${key} was changed too often to tell by whom`, {
    code: "editors-unknown",
    hint: `to start it yourself, run fleet ticket ${key}`,
  });
}

/** The error for an answer that is not what the tracker documents. */
export function unexpected(service: string, what: string): FleetError {
  return new FleetError("failed", `${service} answers something else than ${what}`, {
    code: "tracker-unexpected",
    hint: "is that address the tracker's? run fleet config show",
  });
}
