import { homedir } from "node:os";
import { join } from "node:path";
import type { AgentAdapter, AgentSignals, AgentState, CommandLine, StartRequest, TranscriptPlace } from "../adapter.ts";
import { waitingState } from "../choices.ts";
import { failedState } from "../model-failure.ts";
import { plainPrompt } from "../plain-prompt.ts";
import { copilotDraft, copilotQuestion, hasDialog, hasInputBox, isLoading, queueOn, worksOn } from "./screen.ts";
import {
  copilotConversation,
  copilotEvents,
  copilotFailure,
  hasCopilotPrompt,
  hasCopilotSession,
  lastCopilotTurn,
} from "./transcript.ts";
import { copilotRowUsage, copilotUsageFiles, copilotUsageMarks } from "./usage.ts";

const bypass = ["--allow-all", "--yolo"];

/** GitHub's Copilot CLI, as measured with 1.0.102. */
export const copilot: AgentAdapter = {
  name: "copilot",
  executable: "copilot",
  installation: "npm install -g @github/copilot",
  login: (environment) => [
    { path: join(copilotHome(environment), "config.json"), renewed: true },
    { path: join(copilotHome(environment), "settings.json") },
  ],
  keeps: (environment) => ({ directories: [copilotHome(environment)] }),
  home: { places: ["COPILOT_HOME", "HOME"], secrets: ["COPILOT_GITHUB_TOKEN"] },
  markers: [
    ...["COPILOT_CLI", "COPILOT_AGENT_SESSION_ID", "COPILOT_CLI_BINARY_VERSION"],
    "COPILOT_CLI_RESOLVED_DIST_DIR",
  ],
  commandSettings: {
    variables: {
      GIT_TERMINAL_PROMPT: "0",
      GIT_OPTIONAL_LOCKS: "0",
      GIT_ASKPASS: "",
      SSH_ASKPASS: "",
      GCM_INTERACTIVE: "Never",
    },
    git: { "safe.bareRepository": "explicit", "credential.interactive": "never", "core.fsmonitor": "false" },
  },
  defaultFlags: ["--allow-all"],

  refusal: () => undefined,

  describe: (flags) => ({
    prompt: { kind: "option", option: "-i" },
    permission: neverAsks(flags) ? "never asks" : "asks before it acts",
    namesConversation: true,
  }),

  commandLine: (request) => commandLine(request, ["--session-id", request.sessionId]),

  resume(request, place) {
    const { agentSession: id } = place;
    if (id === null || !hasCopilotSession(eventsOf(place))) return undefined;
    // Else it goes to work where the conversation began, which may be another's by now.
    return { ...commandLine(request, ["-C", request.worktree, "--resume", id]), conversation: id };
  },

  /** `!` at the start runs the rest as a shell command, `/word` one of its own. `?` alone shows its keys. */
  message: (prompt) => plainPrompt(prompt, /^(!|\?$|\/[\w-]+(\s|$))/),

  readsScreen: true,

  /** Its screen tells all but why there was no answer, which its events do. */
  state({ screen, place }: AgentSignals): AgentState {
    if (hasDialog(screen)) {
      return { activity: "waiting", ...waitingState(copilotQuestion(screen), "asks for a decision") };
    }
    if (!hasInputBox(screen) || isLoading(screen)) return { activity: "starting" };
    if (worksOn(screen)) return { activity: "working" };
    const failed = copilotFailure(eventsOf(place));
    if (failed === undefined) return { activity: "idle", ...sinceTurn(eventsOf(place)) };
    return { activity: "error", ...failedState(failed.failure), since: failed.since };
  },

  question: copilotQuestion,
  draft: copilotDraft,
  queue: { isShown: (screen) => queueOn(screen) !== "" },
  interruptKeys: ["Escape", "Escape"],
  /** A turn that is stopped before the first word of an answer gives its prompt back, which the second key empties line by line. */
  clearKeys: ["C-u", "BSpace"],

  /** The queue of a busy one is in no file; its screen shows it above the input box. */
  arrived(place, text, since, screen) {
    const beginning = text.trim().split("\n")[0]?.slice(0, 60) ?? "";
    if (beginning !== "" && queueOn(screen).includes(beginning)) return true;
    return hasCopilotPrompt(eventsOf(place), text, since);
  },

  lastTurn: (place) => lastCopilotTurn(eventsOf(place)),
  conversation: (place) => copilotConversation(eventsOf(place)),

  usage: {
    kind: "files",
    complete: "always",
    marks: copilotUsageMarks,
    files: (place) => copilotUsageFiles(eventsOf(place), place.agentSession),
    read: copilotRowUsage,
  },
};

/**
 * Exactly `true` trusts the directory for this session, too, as a flag cannot: each worktree is a new one, and the question would stop
 * an agent that nobody watches.
 */
function commandLine({ program, flags }: StartRequest, conversation: readonly string[]): CommandLine {
  return {
    argv: [program, ...flags, ...conversation],
    environment: neverAsks(flags) ? { COPILOT_ALLOW_ALL: "true" } : {},
  };
}

function sinceTurn(events: string | undefined): { readonly since?: Date } {
  const turn = lastCopilotTurn(events);
  return turn === undefined ? {} : { since: turn.endedAt };
}

function neverAsks(flags: readonly string[]): boolean {
  return flags.some((flag) => bypass.includes(flag));
}

function eventsOf({ agentSession, environment }: TranscriptPlace): string | undefined {
  return agentSession === null ? undefined : copilotEvents(copilotHome(environment), agentSession);
}

function copilotHome({ COPILOT_HOME: own, HOME: home }: TranscriptPlace["environment"]): string {
  return own || join(home || homedir(), ".copilot");
}
