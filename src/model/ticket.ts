/** The trackers that fleet knows. */
export type TrackerName = "github" | "linear" | "jira";

/** What a ticket is told apart from all others by. */
export interface TicketReference {
  readonly tracker: TrackerName;
  /** As its tracker names it: `acme/web#42`, `ENG-12`. */
  readonly key: string;
  /** The host of the tracker: `github.com`, `linear.app`, `acme.atlassian.net`. */
  readonly host: string;
}

/** A ticket as a query finds it: to be named to a person, and no more. */
export interface FoundTicket extends TicketReference {
  readonly title: string;
  readonly url: string;
}

/** Somebody who writes tickets. */
export interface TicketPerson {
  /** What the tracker tells people apart by, which nobody can choose or change. */
  readonly id: string;
  readonly name: string;
}

/** What somebody has written below a ticket. */
export interface TicketComment {
  readonly id: string;
  readonly author: TicketPerson | undefined;
  /** Markdown. */
  readonly text: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Another ticket or a pull request that a ticket names. */
export interface RelatedTicket {
  readonly kind: "sub-issue" | "pull request" | "link";
  readonly key: string;
  readonly title: string;
  readonly state: string;
}

/** A ticket as it was read: all texts are those of strangers, unchecked. */
export interface Ticket extends TicketReference {
  readonly url: string;
  readonly title: string;
  /** Markdown. */
  readonly text: string;
  readonly author: TicketPerson | undefined;
  /** As the tracker words it. */
  readonly state: string;
  readonly isClosed: boolean;
  readonly labels: readonly string[];
  /** The newest ones, oldest first. */
  readonly comments: readonly TicketComment[];
  /** How many comments there are that were not read. */
  readonly olderComments: number;
  readonly related: readonly RelatedTicket[];
  readonly attachments: readonly { readonly name: string; readonly url: string }[];
}
