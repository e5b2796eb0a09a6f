import { join } from "node:path";
import { FleetError } from "../../errors.ts";
import { exists, readTextIfExists } from "../../system/files.ts";
import type { StartRequest } from "../adapter.ts";
import { type Fields, fieldsOf } from "../fields.ts";

/** What Codex must be told so that what a repository brings and the user has not accepted stays off, without a question. */
export interface KeptOff {
  readonly flags: readonly string[];
  /** What stays off, as a user would say it. */
  readonly names: readonly string[];
}

/**
 * Looks at what the worktree of a repository brings in `.codex/`: MCP servers, which Codex starts in every project that is trusted, and
 * hooks, about which it asks. Servers run if the user has trusted the main checkout, hooks if they have accepted each of them there and the
 * worktree has the same. Throws FleetError `failed` when hooks of the user would have to stay off as well.
 */
export function keptOffCodex({ worktree, repository }: StartRequest, codexHome: string): KeptOff {
  const user = read(join(codexHome, "config.toml"));
  const brought = read(join(worktree, ".codex/config.toml"));
  const trusted = fieldsOf(fieldsOf(user.projects)[repository]).trust_level === "trusted";
  const servers = trusted ? [] : Object.keys(fieldsOf(brought.mcp_servers));
  const accepted = Object.keys(fieldsOf(fieldsOf(user.hooks).state));
  const changed = JSON.stringify(brought.hooks) !== JSON.stringify(read(join(repository, ".codex/config.toml")).hooks);
  const withoutHooks =
    exists(join(worktree, ".codex/hooks.json")) ||
    (hasHooks(brought) && (changed || !areAccepted(brought, repository, accepted)));
  if (withoutHooks && (hasHooks(user) || exists(join(codexHome, "hooks.json")))) throw wouldDisarm(repository);
  return {
    flags: [
      ...(withoutHooks ? ["--disable", "hooks"] : []),
      ...(servers.length === 0 ? [] : ["-c", disabled(servers)]),
    ],
    names: [...(withoutHooks ? ["its hooks"] : []), ...servers.map((name) => `the MCP server ${name}`)],
  };
}

/** What Codex notes of hooks that were accepted stands in the same table. */
function hasHooks({ hooks }: Fields): boolean {
  return Object.keys(fieldsOf(hooks)).some((name) => name !== "state");
}

/** Codex can do without all hooks or none. */
function wouldDisarm(repository: string): FleetError {
  return new FleetError(
    "failed",
    `${repository} brings hooks that you have not accepted, and codex cannot be started without them but with your own`,
    { hint: `to look at them and accept them, run codex in ${repository}` },
  );
}

/** Codex notes a hook that was accepted as `FILE:EVENT:GROUP:HOOK`, with the file of the main checkout for all its worktrees. */
function areAccepted({ hooks }: Fields, repository: string, accepted: readonly string[]): boolean {
  const file = join(repository, ".codex/config.toml");
  const keys = Object.entries(fieldsOf(hooks)).flatMap(([event, groups]) =>
    listOf(groups).flatMap((group, index) =>
      listOf(fieldsOf(group).hooks).map((_, position) => `${file}:${snakeCase(event)}:${index}:${position}`),
    ),
  );
  return keys.every((key) => accepted.includes(key));
}

/** Without a command it would not be a server, and Codex would not start. */
function disabled(servers: readonly string[]): string {
  const tables = servers.map((name) => `${JSON.stringify(name)}={command="true",enabled=false}`);
  return `mcp_servers={${tables.join(",")}}`;
}

function snakeCase(event: string): string {
  return event.replace(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What does not parse, Codex itself complains about. */
function read(path: string): Fields {
  try {
    return fieldsOf(Bun.TOML.parse(readTextIfExists(path) ?? ""));
  } catch {
    return {};
  }
}
