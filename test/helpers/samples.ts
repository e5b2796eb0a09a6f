import type { Config } from "../../src/config/config.ts";
import { type SettingName, settingNames, settings } from "../../src/config/keys.ts";
import { resolveValue } from "../../src/config/resolve.ts";
import type { Ending } from "../../src/state/ending.ts";
import type { AgentEntry } from "../../src/state/entry.ts";
import { agentFiles, type StatePlaces } from "../../src/state/places.ts";

/** The entry of an agent on a branch of `/code/project`. */
export function agentEntry(different: Partial<AgentEntry> = {}): AgentEntry {
  return {
    v: 1,
    id: "0a1b2c3d",
    branch: "fix-42",
    worktree: "/home/me/.ai_fleet/worktrees/fix-42",
    session: "ai_fix-42",
    pid: null,
    batch_id: "manual-2025-05-31",
    agent: "demo",
    created_at: "2025-05-31T23:05:00Z",
    repo: "/code/project",
    base: "1".repeat(40),
    adopted: false,
    socket: "/tmp/tmux-0/default",
    agent_session: null,
    prompt: "write a failing test",
    ...different,
  };
}

/** How the same agent ended. */
export function agentEnding(different: Partial<Ending> = {}): Ending {
  return {
    v: 1,
    operation: "0f0f0f0f",
    ended_at: "2025-06-01T10:00:00.000Z",
    head: "1".repeat(40),
    head_branch: "fix-42",
    unsaved: 2,
    saved: "2".repeat(40),
    tree: null,
    running: true,
    files: [".env", "config/master.key"],
    ...different,
  };
}

/** The home of whoever has these settings. */
const environment = { HOME: "/home/me" };

/** Settings that start an agent without any preparation: the defaults, but with the agent that is built in. */
export function configuration(different: Partial<Config> = {}): Config {
  const defaults = Object.fromEntries(
    settingNames.map((name) => [name, resolveValue(settings[name].kind, settings[name].default, environment)]),
  );
  return {
    ...(defaults as Pick<Config, SettingName>),
    ...{ env: {}, agents: {}, hosts: {}, prices: {}, notify: undefined, webhooks: undefined },
    ...{ default_agent: "demo", claude_flags: [], codex_flags: [], gemini_flags: [], ports_per_agent: 0 },
    ...different,
  };
}

/** Where a fleet whose home is `folder` keeps its state. */
export function placesIn(folder: string): StatePlaces {
  return {
    stateFile: `${folder}/state.json`,
    agentsRoot: `${folder}/agents`,
    journalRoot: `${folder}/journal`,
    worktreeRoot: `${folder}/worktrees`,
    trustRoot: `${folder}/trust`,
  };
}

/** The files of an agent whose fleet has its home in `folder`. */
export function filesIn(folder: string, id = agentEntry().id) {
  return agentFiles(placesIn(folder), id);
}
