import { homedir } from "node:os";
import { join } from "node:path";
import { FleetError } from "../../errors.ts";
import type { Environment } from "../../system/environment.ts";
import { readTextIfExists } from "../../system/files.ts";
import { quoteForShell } from "../../system/shell.ts";
import type {
  Activity,
  AgentAdapter,
  AgentSignals,
  AgentState,
  CommandLine,
  StartRequest,
  TranscriptPlace,
} from "../adapter.ts";
import { waitingState } from "../choices.ts";
import { withoutControlCharacters } from "../control-characters.ts";
import { type Fields, fieldsOf, momentOf, textOf } from "../fields.ts";
import { objectIn } from "../json-lines.ts";
import { type KeptOff, keptOffClaude } from "./brought.ts";
import { consentToGive, giveConsent } from "./consent.ts";
import { claudeDraft, claudeQuestion, claudeRetry } from "./screen.ts";
import {
  type ClaudeSession,
  claudeConversation,
  claudeConversationFile,
  claudeFailure,
  hasClaudePrompt,
  hasTranscript,
  lastClaudeTurn,
  transcriptDirectories,
} from "./transcript.ts";
import { claudeRowUsage, claudeUsageFiles, claudeUsageMarks } from "./usage.ts";

const bypass = "--dangerously-skip-permissions";

/** Claude Code, as measured with 2.1.330. */
export const claude: AgentAdapter = {
  name: "claude",
  executable: "claude",
  notesHooks: true,
  skills: (environment) => join(configDirectory(environment), "skills"),
  home: {
    places: ["CLAUDE_CONFIG_DIR", "HOME"],
    secrets: ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX"],
  },
  keeps: (environment) => ({ directories: [configDirectory(environment)], files: [stateFile(environment)] }),
  login: (environment) => [
    { path: join(configDirectory(environment), ".credentials.json"), renewed: true },
    {
      path: stateFile(environment),
      keys: ["hasCompletedOnboarding", "oauthAccount", "userID", "theme", "customApiKeyResponses"],
    },
    {
      path: join(configDirectory(environment), "settings.json"),
      keys: ["model", "env", "theme", "effortLevel", "language"],
    },
  ],
  // With CLAUDE_CODE_CHILD_SESSION it writes no transcript and nothing about its session: nobody could tell what it is doing.
  markers: [
    "CLAUDECODE",
    "CLAUDE_PID",
    "CLAUDE_EFFORT",
    "CLAUDE_CODE_CHILD_NOTES_DIR",
    "CLAUDE_CODE_CHILD_SESSION",
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_EXECPATH",
    "CLAUDE_CODE_MESSAGING_SOCKET",
    "CLAUDE_CODE_MESSAGING_TOKEN",
    "CLAUDE_CODE_SESSION_ATTENDED",
    "CLAUDE_CODE_SESSION_ID",
    "CLAUDE_CODE_SSE_PORT",
    "AI_AGENT",
  ],
  commandSettings: { variables: { GIT_EDITOR: "true" } },
  installation: "npm install -g @anthropic-ai/claude-code",

  /** It exits at once with this flag as root, unless it is told that it is in a sandbox: exactly `1`, no other value. */
  refusal({ flags, superuser, environment }) {
    const sandboxed = environment.IS_SANDBOX === "1" || environment.CLAUDE_CODE_BUBBLEWRAP === "1";
    if (!superuser || sandboxed || !flags.includes(bypass)) return undefined;
    return new FleetError("failed", `claude refuses ${bypass} (claude_flags) when it runs as root`, {
      hint: "if this machine is a sandbox, say so with: export IS_SANDBOX=1",
    });
  },

  describe: (flags) => ({
    prompt: { kind: "argument" },
    permission: flags.includes(bypass) ? "never asks (claude_flags)" : "asks before it acts (claude_flags)",
    namesConversation: true,
  }),

  commandLine: (request) => commandLine(request, ["--session-id", request.sessionId]),

  resume(request, place) {
    const session = sessionAt(place);
    if (session === undefined || !hasTranscript(session)) return undefined;
    return { ...commandLine(request, ["--resume", session.id]), conversation: session.id };
  },

  /**
   * A single bare word may be one of its subcommands, even after `--`; `/word` runs one of its commands, `/a/path` does not; `!` a
   * shell command; and `exit` alone ends it.
   */
  message(prompt) {
    const text = withoutControlCharacters(prompt);
    if (/^\s*\/[\w:-]+(\s|$)|^\s*(exit|quit|:w?q!?)\s*$/i.test(text)) return `Task: ${text}`;
    return /^(\S+$|!)/.test(text) ? ` ${text}` : text;
  },

  /** A backslash at the end would make the Enter behind it a line end. */
  pasted: (message) => (message.endsWith("\\") ? `${message} ` : message),

  prepare: (request: StartRequest) => giveConsent(stateFile(request.environment), request),
  wouldPrepare: (request) => consentToGive(stateFile(request.environment), request),

  readsScreen: "retrying in [0-9]|❯ [0-9]+[.] ",

  /** It calls itself idle after an error, too, which its transcript tells. */
  state({ pid, processStart, screen, place }: AgentSignals): AgentState {
    const published = readSession(join(configDirectory(place.environment), "sessions", `${pid}.json`));
    const status = textOf(published.status);
    if (status === undefined || published.procStart !== processStart) return { activity: "starting" };
    const activity = activities.get(status) ?? "unknown";
    const session = activity === "idle" ? sessionAt(place) : undefined;
    const failure = session === undefined ? undefined : claudeFailure(session);
    if (failure !== undefined) return { activity: "error", ...failure };
    const since = momentOf(published.statusUpdatedAt);
    return {
      activity,
      ...(since === undefined ? {} : { since }),
      ...(activity === "idle" && hasChanged(published) ? { hasBegun: true as const } : {}),
      ...reasonFor(activity, status, textOf(published.waitingFor), screen),
    };
  },

  submitsPasteAtOnce: true,
  draft: claudeDraft,
  question: claudeQuestion,
  queue: { isShown: (screen) => screen.includes("Press up to edit queued messages"), takeBackKeys: ["Up"] },
  interruptKeys: ["Escape"],
  /** Each takes a line, or the line end before it. */
  clearKeys: Array.from({ length: 40 }, () => "C-u"),

  arrived(place, text, since) {
    const session = sessionAt(place);
    return session !== undefined && hasClaudePrompt(session, text, since);
  },

  lastTurn(place) {
    const session = sessionAt(place);
    return session === undefined ? undefined : lastClaudeTurn(session);
  },

  conversation(place) {
    const session = sessionAt(place);
    return session === undefined ? [] : claudeConversation(session);
  },

  conversationFile(place) {
    const session = sessionAt(place);
    return session === undefined ? undefined : claudeConversationFile(session);
  },

  usage: {
    kind: "files",
    complete: "at the end",
    marks: claudeUsageMarks,
    subscription: ({ environment }) => hasSubscription(environment),
    files: (place) => transcriptDirectories(sessionsIn(place)).flatMap(claudeUsageFiles),
    read: claudeRowUsage,
  },
};

function sessionAt(place: TranscriptPlace): ClaudeSession | undefined {
  return place.agentSession === null ? undefined : { ...sessionsIn(place), id: place.agentSession };
}

function sessionsIn({ agentSession, worktree, environment }: TranscriptPlace): ClaudeSession {
  return { projects: join(configDirectory(environment), "projects"), id: agentSession ?? "", worktree };
}

/**
 * Its first state is that of its first frame, which it draws before it writes the file: a later one follows a turn. Its conversation
 * says nothing where the user keeps none (CLAUDE_CODE_SKIP_PROMPT_HISTORY).
 */
function hasChanged({ startedAt, statusUpdatedAt }: Fields): boolean {
  const started = momentOf(startedAt);
  const changed = momentOf(statusUpdatedAt);
  return started !== undefined && changed !== undefined && changed > started;
}

function reasonFor(
  activity: Activity,
  status: string,
  waitingFor: string | undefined,
  screen: string,
): Pick<AgentState, "reason" | "detail"> | undefined {
  if (activity === "unknown") return { reason: `its session file says ${status}` };
  if (activity === "working") return claudeRetry(screen);
  if (waitingFor === undefined) return undefined;
  return activity === "waiting" ? waitingState(claudeQuestion(screen), waitingFor) : { reason: waitingFor };
}

function commandLine(request: StartRequest, conversation: readonly string[]): CommandLine {
  const { program, flags } = request;
  const { settings, names: keptOff } = unacceptedBy(request);
  return { argv: [program, ...flags, ...conversation, ...ourFlags(request, settings), "--"], keptOff, environment: {} };
}

function unacceptedBy(request: StartRequest): KeptOff {
  const { environment } = request;
  return keptOffClaude(request, { state: stateFile(environment), configDirectory: configDirectory(environment) });
}

/** Without the bypass the user wants to be asked, which its own default, "auto mode", does not do. */
function ourFlags(request: StartRequest, keptOff: Readonly<Record<string, unknown>>): string[] {
  const { flags } = request;
  const bypasses = flags.includes(bypass);
  const hooks = hooksFor(request);
  const settings = {
    // Its own warning about the flag would wait for an answer in a session that nobody looks at, with "No, exit" preselected.
    ...(bypasses ? { skipDangerousModePermissionPrompt: true } : {}),
    ...(Object.keys(hooks).length === 0 ? {} : { hooks }),
    ...keptOff,
  };
  const asks = !bypasses && !flags.some((flag) => flag.startsWith("--permission-mode"));
  return [
    ...(Object.keys(settings).length === 0 ? [] : ["--settings", JSON.stringify(settings)]),
    ...(asks ? ["--permission-mode", "default"] : []),
  ];
}

/** Its events at which an agent is in another state; they are added to the hooks of the user. */
const events = { Stop: "idle", PermissionRequest: "waiting", StopFailure: "error" } as const;

function hooksFor({ notifier, budgetCommand }: StartRequest): Readonly<Record<string, unknown>> {
  const entries = notifier === undefined ? [] : Object.entries(events);
  const notifications = entries.map(([event, status]) => [event, hook(`${quoteForShell(notifier ?? "")} ${status}`)]);
  return {
    ...Object.fromEntries(notifications),
    ...(budgetCommand === undefined ? {} : { PreToolUse: hook(budgetCommand) }),
  };
}

function hook(command: string): readonly unknown[] {
  return [{ hooks: [{ type: "command", command }] }];
}

const activities: ReadonlyMap<string, Activity> = new Map([
  ["busy", "working"],
  ["waiting", "waiting"],
  ["idle", "idle"],
  // Its turn is over, and a command that it has put into the background runs on.
  ["shell", "idle"],
]);

/**
 * `sessions/<pid>.json` with `status`, `waitingFor`, `statusUpdatedAt` and `procStart`: written by Claude Code itself, gone after a clean
 * exit, stale after SIGKILL (hence `procStart`).
 */
function readSession(path: string): Fields {
  try {
    return fieldsOf(JSON.parse(readTextIfExists(path) ?? "null"));
  } catch {
    // Being written: it has not said anything.
    return {};
  }
}

/** A key that is exported comes before the login. */
function hasSubscription(environment: Environment): boolean {
  const { ANTHROPIC_API_KEY: key, ANTHROPIC_AUTH_TOKEN: token } = environment;
  const elsewhere = environment.CLAUDE_CODE_USE_BEDROCK || environment.CLAUDE_CODE_USE_VERTEX;
  if (key || token || elsewhere) return false;
  const login = objectIn(readTextIfExists(join(configDirectory(environment), ".credentials.json")));
  return login.claudeAiOauth !== undefined;
}

function configDirectory(environment: Environment): string {
  return environment.CLAUDE_CONFIG_DIR || join(environment.HOME || homedir(), ".claude");
}

function stateFile(environment: Environment): string {
  const moved = environment.CLAUDE_CONFIG_DIR;
  return moved ? join(moved, ".claude.json") : join(environment.HOME || homedir(), ".claude.json");
}
