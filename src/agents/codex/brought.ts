import { join } from "node:path";
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
 * hooks, about which it asks. Servers run if the user has trusted the main checkout, hooks if he has accepted each of them there.
 */
export function keptOffCodex({ worktree, repository }: StartRequest, codexHome: string): KeptOff {
  if (worktree === undefined) return { flags: [], names: [] };
  const user = read(join(codexHome, "config.toml"));
  const brought = read(join(worktree, ".codex/config.toml"));
  const trusted = fieldsOf(fieldsOf(user.projects)[repository]).trust_level === "trusted";
  const servers = trusted ? [] : Object.keys(fieldsOf(brought.mcp_servers));
  const accepted = Object.keys(fieldsOf(fieldsOf(user.hooks).state));
  const withoutHooks = exists(join(worktree, ".codex/hooks.json")) || !areAccepted(brought, repository, accepted);
  return {
    flags: [
      ...(withoutHooks ? ["--disable", "hooks"] : []),
      ...(servers.length === 0 ? [] : ["-c", disabled(servers)]),
    ],
    names: [...(withoutHooks ? ["its hooks"] : []), ...servers.map((name) => `the MCP server ${name}`)],
  };
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
