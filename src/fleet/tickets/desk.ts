import type { Config } from "../../config/config.ts";
import { FleetError } from "../../errors.ts";
import { locationOf } from "../../forges/location.ts";
import type { FoundTicket, TicketReference, TrackerName } from "../../model/ticket.ts";
import { remotesOf } from "../../system/git/remotes.ts";
import type { Repository } from "../../system/git/repository.ts";
import { findToken, githubTokenSources, type TokenSources, wayToToken } from "../../system/token.ts";
import { githubTracker } from "../../trackers/github/github.ts";
import { jiraTracker } from "../../trackers/jira/jira.ts";
import { linearTracker } from "../../trackers/linear/linear.ts";
import type { Tracker, TrackerAccess } from "../../trackers/tracker.ts";
import { currentRepository, type Fleet, gitAt, settingsFor } from "../fleet.ts";
import { forgeAt } from "../operations/pr/route.ts";
import { trackerTitles } from "./prompt.ts";
import type { TicketPlaces } from "./reference.ts";

/** Where tickets of a repository are asked for. */
export interface TicketDesk {
  readonly repository: Repository;
  readonly config: Config;
  readonly places: TicketPlaces;
  /** How a GitHub is asked for what is no ticket. */
  accessToGithub(host: string): Promise<TrackerAccess>;
  /** The tickets that a query in the words of a tracker finds. Throws FleetError `usage` when it could be meant for two trackers. */
  search(query: TicketQuery): Promise<readonly FoundTicket[]>;
  /** The tracker that has a ticket; its token is looked up once. Throws FleetError when a command that prints one fails. */
  trackerOf(where: Pick<TicketReference, "tracker" | "host">): Promise<Tracker>;
}

/** A search for tickets, in the words of a tracker. */
export interface TicketQuery {
  readonly text: string;
  /** Nothing: the only one that there is. */
  readonly tracker: TrackerName | undefined;
  /** The most tickets that it finds. */
  readonly limit: number;
}

/** The trackers that the repository of the user can have tickets in, by its remotes and the settings. Asks none of them yet. */
export async function openDesk(fleet: Fleet): Promise<TicketDesk> {
  const repository = await currentRepository(fleet);
  const config = settingsFor(fleet, repository.root);
  const places = await placesOf(fleet, repository, config);
  const known = new Map<string, Promise<Tracker>>();
  const trackerOf = (where: Pick<TicketReference, "tracker" | "host">) => {
    const name = `${where.tracker} ${where.host}`;
    const tracker = known.get(name) ?? makeTracker(fleet, config, places, where);
    known.set(name, tracker);
    return tracker;
  };
  return {
    repository,
    config,
    places,
    trackerOf,
    accessToGithub: (host) => githubAccess(fleet, config, host),
    search: async ({ text, tracker, limit }) => (await trackerOf(trackerFor(tracker, places))).search(text, limit),
  };
}

/** The tracker that a query is for. */
function trackerFor(named: TrackerName | undefined, places: TicketPlaces): Pick<TicketReference, "tracker" | "host"> {
  const all: readonly Pick<TicketReference, "tracker" | "host">[] = [
    ...(places.repository === undefined ? [] : [{ tracker: "github" as const, host: places.repository.host }]),
    ...(places.hasLinear ? [{ tracker: "linear" as const, host: "linear.app" }] : []),
    ...(places.jiraHost === undefined ? [] : [{ tracker: "jira" as const, host: places.jiraHost }]),
  ];
  const fitting = all.filter(({ tracker }) => named === undefined || tracker === named);
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  const hint = "to see what each tracker needs, run fleet help tickets";
  if (only === undefined) {
    throw new FleetError("usage", `there is no ${named === undefined ? "tracker" : trackerTitles[named]} to ask here`, {
      code: "no-tracker",
      hint,
    });
  }
  const names = fitting.map(({ tracker }) => `--tracker ${tracker}`).join(" or ");
  throw new FleetError("usage", "the query could be meant for more than one tracker", {
    code: "no-tracker",
    hint: `to say which, add ${names}`,
  });
}

async function placesOf(fleet: Fleet, repository: Repository, config: Config): Promise<TicketPlaces> {
  const remotes = await remotesOf(gitAt(fleet, repository.commonDirectory));
  const found = remotes
    .toSorted((one, other) => Number(other.name === "origin") - Number(one.name === "origin"))
    .map(({ fetches }) => locationOf(fetches))
    .find((location) => location !== undefined && forgeAt(fleet, location.host)?.name === "github");
  return {
    repository: found === undefined ? undefined : { host: found.host, name: found.path },
    jiraHost: URL.parse(config.jira_url)?.host,
    hasLinear: config.linear_token_command !== "" || Boolean(fleet.environment.LINEAR_API_KEY),
    linearTeams: config.linear_teams,
    jiraProjects: config.jira_projects,
  };
}

async function makeTracker(
  fleet: Fleet,
  config: Config,
  places: TicketPlaces,
  { tracker, host }: Pick<TicketReference, "tracker" | "host">,
): Promise<Tracker> {
  switch (tracker) {
    case "github":
      return githubTracker(await githubAccess(fleet, config, host), places.repository?.name);
    case "linear": {
      const command = { setting: "linear_token_command", line: config.linear_token_command };
      const sources = { service: "Linear", variables: ["LINEAR_API_KEY"], command };
      return linearTracker(await accessTo(fleet, sources, config.linear_url));
    }
    case "jira": {
      const command = { setting: "jira_token_command", line: config.jira_token_command };
      const sources = { service: "Jira", variables: ["JIRA_API_TOKEN"], command };
      const access = await accessTo(fleet, sources, config.jira_url.replace(/\/+$/, ""));
      return jiraTracker({ ...access, user: config.jira_user });
    }
  }
}

function githubAccess(fleet: Fleet, config: Config, host: string): Promise<TrackerAccess> {
  const sources = githubTokenSources(host, config.github_token_command, fleet.environment);
  return accessTo(fleet, sources, forgeAt(fleet, host)?.address ?? `https://${host}/api/v3`);
}

async function accessTo(fleet: Fleet, sources: TokenSources, api: string) {
  const { environment, cancelled, report } = fleet;
  const said = new Set<string>();
  const token = await findToken(sources, environment, cancelled);
  return {
    api,
    token,
    tokenSource: token === undefined ? undefined : sourceOf(sources, fleet),
    wayToToken: wayToToken(sources, environment),
    cancelled,
    // Several requests wait for the same.
    onWait: (reason: string, milliseconds: number) => {
      const text = `${reason}; asked again in ${Math.ceil(milliseconds / 1000)} s`;
      if (!said.has(text)) report({ kind: "note", text });
      said.add(text);
    },
  };
}

/** Where `findToken` has found it. */
function sourceOf({ variables, command, program }: TokenSources, { environment }: Fleet): string {
  const variable = variables.find((name) => environment[name]?.trim());
  return variable ?? (command.line === "" ? (program ?? []).slice(0, 3).join(" ") : command.setting);
}
