import type { Ticket, TicketReference, TrackerName } from "../../model/ticket.ts";

/** Who must be known before anything is done: by the ids of the tracker, `github:583231`. */
interface People {
  /** Who has caused it. */
  readonly sender: string;
  /** Who has written the text. */
  readonly author: string;
}

interface Common {
  readonly source: TrackerName;
  /** As the service names it. */
  readonly action: string;
  /** `acme/web`; of Linear and Jira what the keys start with: `ENG`. */
  readonly repository: string;
  readonly host: string;
  readonly people: People;
  /** What the author is to a repository of GitHub; empty elsewhere. */
  readonly association: string;
}

/** A ticket was opened or changed. Its text is the one that was signed; comments are not part of it. */
export interface TicketEvent extends Common {
  readonly kind: "ticket";
  readonly ticket: Ticket;
}

/** Somebody asks for attempts at a ticket: `/fleet try 3`. */
export interface CommentEvent extends Common {
  readonly kind: "comment";
  readonly reference: TicketReference;
  /** Where the payload has it; else it is read. */
  readonly ticket: Ticket | undefined;
  readonly attempts: number;
}

/** A pull request was reviewed, or a check has failed on a branch. */
export interface BranchEvent extends Common {
  readonly kind: "review" | "check";
  readonly branch: string;
  /** The repository that has the branch: another one in a pull request from a fork. */
  readonly from: string;
  /** The commit that was checked. */
  readonly commit: string;
  readonly title: string;
  /** What it is about, as strangers wrote it. */
  readonly text: string;
  readonly url: string;
}

/** What a delivery says, as far as it is anything to us. */
export type HookEvent = TicketEvent | CommentEvent | BranchEvent;

/** A delivery that is nothing to us, and why. */
export interface Ignored {
  readonly ignored: string;
}

const command = /^\/fleet\s+try(?:\s+(\d{1,3}))?\s*$/;

/** How many attempts a comment asks for, which must be nothing but the command; nothing of any other comment. */
export function attemptsAsked(text: string): number | undefined {
  const [line, count] = command.exec(text.trim()) ?? [];
  return line === undefined ? undefined : Number(count ?? 1);
}

const longestText = 100_000;

/** Text of a payload, cut: nobody reads more, and it is kept on disk. */
export function bounded(text: string): string {
  return text.slice(0, longestText);
}
