import { withHint } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { openDesk } from "../../fleet/tickets/desk.ts";
import { redeliverMissed } from "../../trackers/github/deliveries.ts";

const events = new Set(["issues", "issue_comment", "pull_request_review", "check_run"]);

/**
 * Has GitHub send again what came while no server was there, for each checkout of a rule; it comes signed, as it would have. Where the
 * token may not see webhooks, that is said.
 */
export async function fetchMissed(fleet: Fleet): Promise<void> {
  const rules = fleet.settings.config.webhooks?.rules ?? [];
  const directories = new Set(rules.filter(({ source }) => source === "github").map(({ directory }) => directory));
  for (const directory of directories) {
    const text = await missedAt({ ...fleet, directory }).catch((error: unknown) => {
      const why = withHint(error);
      return `what came to ${directory} before is not known: ${why}`;
    });
    if (text !== undefined && !fleet.cancelled.aborted) fleet.report({ kind: "note", text });
  }
}

async function missedAt(fleet: Fleet): Promise<string | undefined> {
  const { places, accessToGithub } = await openDesk(fleet);
  if (places.repository === undefined) return undefined;
  const access = await accessToGithub(places.repository.host);
  if (access.token === undefined) return undefined;
  const count = await redeliverMissed(access, places.repository.name, "/hooks/github", events);
  return count === 0 ? undefined : `${places.repository.name}: ${count} missed deliveries are sent again`;
}
