import { join } from "node:path";
import { FleetError } from "../../errors.ts";
import { exists, readTextIfExists } from "../../system/files.ts";
import type { StartRequest } from "../adapter.ts";
import { type Fields, fieldsOf, textsOf } from "../fields.ts";
import { mayRunHooks, wasTrustedForUser } from "../trust-notes.ts";

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
 * was the user who trusted the repository, or if they said so to fleet. Throws FleetError `failed` when hooks of the user would have to
 * stay off as well.
 */
export function keptOffClaude(request: StartRequest, files: ClaudeFiles): KeptOff {
  const { worktree, repository } = request;
  const project = fieldsOf(fieldsOf(read(files.state).projects)[repository]);
  const servers = Object.keys(fieldsOf(read(join(worktree, ".mcp.json")).mcpServers));
  const user = read(join(files.configDirectory, "settings.json"));
  const localName = ".claude/settings.local.json";
  // Where it is in a fresh worktree and nobody copied it, the repository brings it: then it is no word of the user's.
  const bringsLocal = exists(join(worktree, localName)) && !request.givenFiles.includes(localName);
  const accepted = acceptedServers(servers, [project, user, bringsLocal ? {} : read(join(repository, localName))]);
  const refused = servers.filter((name) => !accepted.includes(name));
  const brought = [".claude/settings.json", ...(bringsLocal ? [localName] : [])];
  const withoutHooks =
    brought.some((name) => hasHooks(read(join(worktree, name)))) && !hooksAreAccepted(request, project);
  if (withoutHooks && hasHooks(user)) throw wouldDisarm(repository);
  return {
    settings: {
      ...(servers.length === 0
        ? {}
        : { enableAllProjectMcpServers: false, enabledMcpjsonServers: accepted, disabledMcpjsonServers: refused }),
      ...(withoutHooks ? { disableAllHooks: true } : {}),
    },
    names: [
      ...(withoutHooks ? ["its hooks, and with them those of [notify]"] : []),
      ...refused.map((name) => `the MCP server ${name}`),
    ],
  };
}

function hasHooks({ hooks }: Fields): boolean {
  return Object.keys(fieldsOf(hooks)).length > 0;
}

/** By a word to fleet, or because it was the user who trusted the repository. */
function hooksAreAccepted({ trustNotes, repository }: StartRequest, project: Fields): boolean {
  if (mayRunHooks(trustNotes, repository)) return true;
  return project.hasTrustDialogAccepted === true && !wasTrustedForUser(trustNotes, repository);
}

/** Claude Code can do without all hooks or none. */
function wouldDisarm(repository: string): FleetError {
  return new FleetError(
    "failed",
    `${repository} brings hooks that you have not accepted, and claude cannot be started without them but with your own`,
    { hint: "to let them run, once you have looked at .claude/settings.json, run fleet config trust --hooks" },
  );
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
