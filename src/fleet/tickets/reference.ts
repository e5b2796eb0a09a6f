import { FleetError } from "../../errors.ts";
import type { TicketReference } from "../../model/ticket.ts";

/** What a word for a ticket is understood by. */
export interface TicketPlaces {
  /** The repository of the checkout on GitHub: `acme/web` on `github.com`, if it has one. */
  readonly repository: { readonly host: string; readonly name: string } | undefined;
  /** The host of the user's Jira, if there is one. */
  readonly jiraHost: string | undefined;
  /** Whether Linear can be asked. */
  readonly hasLinear: boolean;
  /** Prefixes of keys that are Linear's, and those that are Jira's: `ENG`. */
  readonly linearTeams: readonly string[];
  readonly jiraProjects: readonly string[];
}

const key = /^([A-Za-z][A-Za-z0-9_]{0,19})-(\d{1,9})$/;
const number = /^#?(\d{1,9})$/;
const full = /^([\w.-]{1,39})\/([\w.-]{1,100})#(\d{1,9})$/;

/** The ticket that a word or an address means. Throws FleetError `usage` when it means none, or could mean two. */
export function parseTicket(word: string, places: TicketPlaces): TicketReference {
  if (/^https?:\/\//i.test(word)) return byAddress(word, places);
  const [, short] = number.exec(word) ?? [];
  if (short !== undefined) return ofRepository(word, short, places);
  const [, owner, name, issue] = full.exec(word) ?? [];
  if (owner !== undefined) {
    return { tracker: "github", host: places.repository?.host ?? "github.com", key: `${owner}/${name}#${issue}` };
  }
  const [, prefix] = key.exec(word) ?? [];
  if (prefix !== undefined) return byPrefix(word.toUpperCase(), prefix.toUpperCase(), places);
  throw new FleetError("usage", `${JSON.stringify(word)} is no ticket`, {
    code: "unknown-ticket",
    hint: "a ticket is ENG-12, 42, acme/web#42 or its address; see fleet help tickets",
  });
}

function ofRepository(word: string, issue: string, { repository }: TicketPlaces): TicketReference {
  if (repository !== undefined) return { tracker: "github", host: repository.host, key: `${repository.name}#${issue}` };
  throw new FleetError("usage", `${word} is an issue of which repository? This one has no remote on GitHub`, {
    code: "unknown-ticket",
    hint: `to name it, run fleet ticket OWNER/REPOSITORY#${issue}`,
  });
}

function byPrefix(word: string, prefix: string, places: TicketPlaces): TicketReference {
  const { linearTeams, jiraProjects, jiraHost, hasLinear } = places;
  const linear: TicketReference = { tracker: "linear", host: "linear.app", key: word };
  const jira: TicketReference = { tracker: "jira", host: jiraHost ?? "", key: word };
  if (has(linearTeams, prefix)) return linear;
  if (has(jiraProjects, prefix) && jiraHost !== undefined) return jira;
  if (jiraHost === undefined && !hasLinear) {
    throw new FleetError("usage", `${word} could be of Linear or of Jira, and neither is set up`, {
      code: "unknown-ticket",
      hint: "for Linear export LINEAR_API_KEY=..., for Jira set jira_url with fleet config edit; see fleet help tickets",
    });
  }
  if (jiraHost === undefined) return linear;
  if (!hasLinear) return jira;
  throw new FleetError("usage", `${word} could be of Linear or of Jira`, {
    code: "unknown-ticket",
    hint: "to say which, put its prefix into linear_teams or jira_projects with fleet config edit, or give its address",
  });
}

function has(prefixes: readonly string[], prefix: string): boolean {
  return prefixes.some((each) => each.toUpperCase() === prefix);
}

function byAddress(word: string, places: TicketPlaces): TicketReference {
  const url = URL.parse(word);
  const found = url && (issueOnGithub(url, word, places) ?? issueOnLinear(url) ?? issueOnJira(url, places));
  if (found) return found;
  const couldBeJira = url !== null && key.test(jiraKeyIn(url)) && places.jiraHost === undefined;
  throw new FleetError("usage", `${JSON.stringify(word)} is no address of a ticket`, {
    code: "unknown-ticket",
    hint: couldBeJira
      ? "to name your Jira, set jira_url with fleet config edit"
      : "a ticket is ENG-12, 42, acme/web#42 or its address; see fleet help tickets",
  });
}

/** Throws FleetError `usage` for a pull request, and for a host that the repository has nothing to do with. */
function issueOnGithub(
  { host, pathname }: URL,
  word: string,
  { repository }: TicketPlaces,
): TicketReference | undefined {
  const [, owner, name, kind, issue] = /^\/([\w.-]+)\/([\w.-]+)\/(issues|pull)\/(\d{1,9})\/?$/.exec(pathname) ?? [];
  if (owner === undefined) return undefined;
  if (kind === "pull") {
    throw new FleetError("usage", `${word} is a pull request, not a ticket`, {
      code: "unknown-ticket",
      hint: "to work on its branch, run fleet create BRANCH",
    });
  }
  if (host === "github.com" || host === repository?.host) {
    return { tracker: "github", host, key: `${owner}/${name}#${issue}` };
  }
  throw new FleetError("usage", `${host} is not the host of a remote of this repository`, {
    code: "unknown-ticket",
    hint: "to see the remotes, run git remote -v",
  });
}

function issueOnLinear({ host, pathname }: URL): TicketReference | undefined {
  const [, issue = ""] = /^\/[\w-]+\/issue\/([A-Za-z0-9_]+-\d+)(?:\/|$)/.exec(pathname) ?? [];
  return host === "linear.app" && key.test(issue) ? { tracker: "linear", host, key: issue.toUpperCase() } : undefined;
}

function issueOnJira(url: URL, { jiraHost }: TicketPlaces): TicketReference | undefined {
  const { host } = url;
  const issue = jiraKeyIn(url);
  return host === jiraHost && key.test(issue) ? { tracker: "jira", host, key: issue.toUpperCase() } : undefined;
}

/** The key that an address of Jira names: of an issue, or of the one that is chosen on a board. */
function jiraKeyIn({ pathname, searchParams }: URL): string {
  return /\/browse\/([A-Za-z0-9_]+-\d+)\/?$/.exec(pathname)?.[1] ?? searchParams.get("selectedIssue") ?? "";
}
