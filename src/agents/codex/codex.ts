import { homedir, hostname } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../system/environment.ts";
import { readTextIfExists } from "../../system/files.ts";
import type { AgentAdapter, AgentSignals, AgentState, CommandLine, StartRequest, TranscriptPlace } from "../adapter.ts";
import { waitingState } from "../choices.ts";
import { withoutControlCharacters } from "../control-characters.ts";
import { objectIn } from "../json-lines.ts";
import { isQueued } from "../queue.ts";
import { keptOffCodex } from "./brought.ts";
import { codexDraft, codexQuestion, codexRetry } from "./screen.ts";
import {
  type CodexSession,
  codexConversation,
  codexFailure,
  codexRollouts,
  codexSession,
  hasCodexPrompt,
  lastCodexTurn,
} from "./transcript.ts";
import { codexRowUsage, codexUsageMarks } from "./usage.ts";

const bypass = ["--dangerously-bypass-approvals-and-sandbox", "--yolo"];

/** OpenAI's Codex CLI, as measured with 0.169.0. */
export const codex: AgentAdapter = {
  name: "codex",
  executable: "codex",
  skills: (environment) => join(codexHome(environment), "skills"),
  home: { places: ["CODEX_HOME", "HOME"] },
  keeps: (environment) => ({ directories: [codexHome(environment)] }),
  login: (environment) => [
    { path: join(codexHome(environment), "auth.json"), renewed: true },
    { path: join(codexHome(environment), "config.toml") },
  ],
  markers: [
    ...["CODEX_CI", "CODEX_SANDBOX", "CODEX_SANDBOX_NETWORK_DISABLED", "CODEX_SESSION_ID"],
    ...["CODEX_THREAD_ID", "CODEX_TOOL_CALL_ID", "CODEX_VERSION", "CODEX_APPLY_PATCH_PRESERVE_LINE_ENDINGS"],
    ...["CODEX_MANAGED_BY_NPM", "CODEX_MANAGED_PACKAGE_ROOT"],
  ],
  commandSettings: { variables: { NO_COLOR: "1", PAGER: "cat", GIT_PAGER: "cat", GH_PAGER: "cat" } },
  installation: "npm install -g @openai/codex",

  refusal: () => undefined,

  describe: (flags) => ({
    prompt: { kind: "argument" },
    permission: flags.some((flag) => bypass.includes(flag))
      ? "never asks (codex_flags)"
      : "asks before it acts (codex_flags)",
  }),

  /**
   * Without `--no-daemon` a shared background server runs the tools, outside of the session, and outlives it. Trust is given on the
   * command line, as an inline table: the dotted form with a quoted path has no effect.
   */
  commandLine: (request) => commandLine(request, []),

  resume(request, place) {
    const session = codexSession(sessionAt(place));
    if (session === undefined) return undefined;
    // Else it asks in which folder, and proposes that in which the conversation began, which may be gone.
    return { ...commandLine(request, ["resume", session, "-C", request.worktree]), conversation: null };
  },

  /** `!` at the start would run the rest as a shell command, `/word` one of its own, and `/` alone opens its menu. */
  message(prompt) {
    const text = withoutControlCharacters(prompt);
    return /^(!|\/[\w-]*(\s|$))/.test(text) ? ` ${text}` : text;
  },

  readsScreen: "econnecting|› [0-9]+[.] ",

  /**
   * Its title starts with a braille spinner while it works, and with `[ ! ]`, which blinks as `[ . ]`, while it asks. After an error it
   * is the same as after an answer, and its transcript tells.
   */
  state({ title, screen, place }: AgentSignals): AgentState {
    if (title === "" || title === hostname()) return { activity: "starting" };
    if (/^\[ [!.] \]/.test(title)) {
      return { activity: "waiting", ...waitingState(codexQuestion(screen), "asks for a decision") };
    }
    if (/^[\u2800-\u28ff]/.test(title)) return { activity: "working", ...codexRetry(screen) };
    const failure = codexFailure(sessionAt(place));
    return failure === undefined ? { activity: "idle" } : { activity: "error", ...failure };
  },

  submitsPasteAtOnce: true,
  draft: codexDraft,
  question: codexQuestion,
  queue: { isShown: (screen) => screen.includes(queueMark) },
  interruptKeys: ["Escape"],

  /** The queue of a busy one is in no file; its screen shows the beginning. */
  arrived: (place, text, since, screen) =>
    isQueued(screen, queueMark, text) || hasCodexPrompt(sessionAt(place), text, since),

  lastTurn: (place) => lastCodexTurn(sessionAt(place)),
  conversation: (place) => codexConversation(sessionAt(place)),

  usage: {
    kind: "files",
    complete: "never",
    marks: codexUsageMarks,
    subscription: ({ environment }) => hasSubscription(codexHome(environment)),
    files: (place) => codexRollouts(sessionAt(place)).map((path) => ({ path, session: path })),
    read: codexRowUsage,
  },
};

const queueMark = "Messages to be submitted";

function sessionAt({ worktree, earlier = [], startedAt, environment }: TranscriptPlace): CodexSession {
  return { sessions: join(codexHome(environment), "sessions"), worktree, earlier, startedAt };
}

function commandLine(request: StartRequest, subcommand: readonly string[]): CommandLine {
  const { program, flags, repository, notifier } = request;
  const keptOff = keptOffCodex(request, codexHome(request.environment));
  const trust = `projects={${JSON.stringify(repository)}={trust_level="trusted"}}`;
  return {
    argv: [
      program,
      ...subcommand,
      "--no-daemon",
      ...flags,
      "-c",
      trust,
      ...keptOff.flags,
      ...notifyFlags(notifier),
      "--",
    ],
    keptOff: keptOff.names,
    environment: {},
  };
}

/**
 * It runs this with a JSON object as the last word when a turn is done, also for the hidden turn in which it finds a title. It has no
 * other way to tell that would not trust the hooks of the repository as well.
 */
function notifyFlags(notifier: string | undefined): string[] {
  if (notifier === undefined) return [];
  const script = 'case $1 in *"Generate a concise, single-line task title"*) ;; *) exec "$0" idle </dev/null ;; esac';
  return ["-c", `notify=${JSON.stringify(["/bin/sh", "-c", script, notifier])}`];
}

/** `auth.json` has tokens of an account, or a key. */
function hasSubscription(home: string): boolean {
  const { tokens, OPENAI_API_KEY: key } = objectIn(readTextIfExists(join(home, "auth.json")));
  return tokens !== undefined && tokens !== null && typeof key !== "string";
}

function codexHome(environment: Environment): string {
  return environment.CODEX_HOME || join(environment.HOME || homedir(), ".codex");
}
