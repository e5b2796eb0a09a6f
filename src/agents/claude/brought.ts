import { join } from "node:path";
import { readTextIfExists } from "../../system/files.ts";
import type { StartRequest } from "../adapter.ts";
import { type Fields, fieldsOf, textsOf } from "../fields.ts";
import { wasTrustedForUser } from "../trust-notes.ts";

/** What Claude Code must be told so that what a repository brings and the user has not accepted stays off, without a question. */
export interface KeptOff {
  /** For its `--settings`. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What stays off, as a user would say it. */
  readonly names: readonly string[];
}

/** Where Claude Code keeps what the user has accepted. */
export interface ClaudeFiles {
  readonly state: string;
  readonly configDirectory: string;
}

/**
 * Looks at what the worktree of a repository brings: MCP servers (`.mcp.json`) that the user has not accepted in the main checkout, about
 * which Claude Code would ask, and hooks (`.claude/settings.json`), which it runs in any directory that is trusted. Hooks run if it
 * was the user who trusted the repository.
 */
export function keptOffClaude(request: StartRequest, files: ClaudeFiles): KeptOff {
  const { worktree, repository } = request;
  if (worktree === undefined) return { settings: {}, names: [] };
  const project = fieldsOf(fieldsOf(read(files.state).projects)[repository]);
  const servers = Object.keys(fieldsOf(read(join(worktree, ".mcp.json")).mcpServers));
  const accepted = acceptedServers(servers, [
    project,
    read(join(files.configDirectory, "settings.json")),
    read(join(repository, ".claude/settings.local.json")),
  ]);
  const refused = servers.filter((name) => !accepted.includes(name));
  const hooks = Object.keys(fieldsOf(read(join(worktree, ".claude/settings.json")).hooks)).length > 0;
  const trusted = project.hasTrustDialogAccepted === true && !wasTrustedForUser(request.trustNotes, repository);
  const withoutHooks = hooks && !trusted;
  return {
    settings: {
      ...(servers.length === 0
        ? {}
        : { enableAllProjectMcpServers: false, enabledMcpjsonServers: accepted, disabledMcpjsonServers: refused }),
      ...(withoutHooks ? { disableAllHooks: true } : {}),
    },
    names: [...(withoutHooks ? ["its hooks"] : []), ...refused.map((name) => `the MCP server ${name}`)],
  };
}

function acceptedServers(servers: readonly string[], sources: readonly Fields[]): string[] {
  if (sources.some(({ enableAllProjectMcpServers }) => enableAllProjectMcpServers === true)) return [...servers];
  const named = sources.flatMap(({ enabledMcpjsonServers }) => textsOf(enabledMcpjsonServers));
  return servers.filter((name) => named.includes(name));
}

/** What is no file, or does not parse, says nothing to Claude Code either. */
function read(path: string): Fields {
  try {
    return fieldsOf(JSON.parse(readTextIfExists(path) ?? "{}"));
  } catch {
    return {};
  }
}
