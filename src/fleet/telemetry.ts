import type { AgentEntry } from "../state/entry.ts";
import type { Environment } from "../system/environment.ts";

const attributes = "OTEL_RESOURCE_ATTRIBUTES";
const ownAttribute = /^\s*fleet\.agent\./;

/**
 * What tells in the telemetry that the user has an agent CLI export which agent it is of: `fleet.agent.id`, `.branch`, `.batch` and
 * `.repo` beside the user's own attributes. Nothing for a user who has set nothing of OpenTelemetry. Values are percent-encoded, as
 * https://opentelemetry.io/docs/specs/otel/resource/sdk wants them.
 */
export function telemetryVariables(environment: Environment, entry: AgentEntry): Environment {
  const isUsed = Object.entries(environment).some(([name, value]) => name.startsWith("OTEL_") && value);
  if (!isUsed) return {};
  // An agent that makes agents hands its own on.
  const given = (environment[attributes] ?? "").split(",").filter((text) => text.trim() && !ownAttribute.test(text));
  const own = { id: entry.id, branch: entry.branch, batch: entry.batch_id, repo: entry.repo };
  const added = Object.entries(own).map(([name, value]) => `fleet.agent.${name}=${encoded(value)}`);
  return { [attributes]: [...given, ...added].join(",") };
}

/** Codex shows values as they are written: what need not be encoded is not. */
function encoded(value: string): string {
  return encodeURIComponent(value).replaceAll("%2F", "/");
}
