import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { AgentAdapter, AgentSignals, AgentState, CommandLine, StartRequest, TranscriptPlace } from "../adapter.ts";
import { withoutControlCharacters } from "../control-characters.ts";
import { type FailedState, retryingState } from "../model-failure.ts";
import {
  hasOpencodePrompt,
  lastOpencodeTurn,
  type OpencodeSession,
  opencodeConversation,
  opencodeFailure,
  opencodeSession,
  tookOpencodePrompt,
} from "./transcript.ts";
import { opencodeReplies } from "./usage.ts";

/** opencode, as measured with 1.18.33. */
export const opencode: AgentAdapter = {
  name: "opencode",
  executable: "opencode",
  login: ({ HOME, XDG_DATA_HOME: data, XDG_CONFIG_HOME: config }) => [
    { path: join(data || join(HOME || homedir(), ".local", "share"), "opencode", "auth.json"), renewed: true },
    { path: join(config || join(HOME || homedir(), ".config"), "opencode", "opencode.json") },
  ],
  keeps: ({ HOME, XDG_DATA_HOME: data, XDG_CONFIG_HOME: config }) => ({
    directories: [
      join(data || join(HOME || homedir(), ".local", "share"), "opencode"),
      join(config || join(HOME || homedir(), ".config"), "opencode"),
    ],
  }),
  home: { places: ["OPENCODE_DB", "XDG_DATA_HOME", "HOME"] },
  markers: ["OPENCODE", "OPENCODE_PID"],
  commandSettings: { variables: { AGENT: "1" } },
  installation: "npm install -g opencode-ai",
  readsScreen: true,

  refusal: () => undefined,

  describe: () => ({
    prompt: { kind: "option", option: "--prompt" },
    permission: "as permission in opencode.json says",
  }),

  commandLine: (request) => commandLine(request, []),

  resume(request, place) {
    const session = opencodeSession(sessionAt(place));
    if (session === undefined || session.id.startsWith("-")) return undefined;
    const going = commandLine(request, ["--session", session.id]);
    const argv = session.directory === request.worktree ? going.argv : takenAlong(request.program, session.id, going);
    // Beside `--session` it does not look at `--prompt`.
    return { ...going, argv, conversation: null, takesNoPrompt: true };
  },

  /** A dash at the start would make it another option. */
  message(prompt) {
    const text = withoutControlCharacters(prompt);
    return text.startsWith("-") ? ` ${text}` : text;
  },

  /**
   * Its title and its files do not tell that it works, its screen does: `esc interrupt` stands there for as long as a turn lasts. After
   * an error it looks as after an answer, and its database tells.
   */
  state({ screen, place }: AgentSignals): AgentState {
    if (screen.trim() === "" || /^Exporting session: /.test(screen)) return { activity: "starting" };
    if (/Permission required|Allow once/.test(screen)) return { activity: "waiting", reason: "asks for permission" };
    if (/esc\s+(again\s+)?(to\s+)?interrupt/.test(screen)) return { activity: "working", ...retryIn(screen) };
    const failure = opencodeFailure(sessionAt(place));
    return failure === undefined ? { activity: "idle" } : { activity: "error", ...failure };
  },

  /** The first asks whether it is meant. */
  interruptKeys: ["Escape", "Escape"],

  submitsPasteAtOnce: true,
  arrived: (place, text, since) => hasOpencodePrompt(sessionAt(place), text, since),
  took: (place, text, since) => tookOpencodePrompt(sessionAt(place), text, since),
  lastTurn: (place) => lastOpencodeTurn(sessionAt(place)),
  conversation: (place) => opencodeConversation(sessionAt(place)),

  usage: {
    kind: "database",
    complete: "never",
    files: (place) => [sessionAt(place).database, `${sessionAt(place).database}-wal`],
    replies: (place) => opencodeReplies(sessionAt(place)),
  },
};

function commandLine({ program, flags }: StartRequest, conversation: readonly string[]): CommandLine {
  return { argv: [program, ...flags, ...conversation], environment: {} };
}

/**
 * The command line that makes a session one of the directory it is run in, which it takes on when it is imported there, and then goes on
 * with it: opencode works where its session is, not where it is started, and another agent may be there by now.
 */
function takenAlong(program: string, session: string, { argv }: CommandLine): string[] {
  const script =
    'copy=$(mktemp) && "$1" export "$2" >"$copy" && "$1" import "$copy" >/dev/null && rm -f "$copy" && shift 2 && exec "$@"';
  return ["/bin/sh", "-c", script, "opencode", program, session, ...argv];
}

/** `⬝⬝■■ Rate limit reached [retrying in 8s attempt #4]`: behind its spinner, with the end cut off when it is long. */
function retryIn(screen: string): FailedState | undefined {
  const [, message, wait] = /^[\s⬝■]*(\S.*?)…?\s*\[retrying (?:in (\S+) )?attempt #\d+\]/m.exec(screen) ?? [];
  if (message === undefined) return undefined;
  return retryingState(wait, { cause: undefined, status: undefined, message });
}

/** Where its database is, unless it runs a development version of opencode. */
function sessionAt({ worktree, earlier = [], startedAt, environment }: TranscriptPlace): OpencodeSession {
  const data = join(environment.XDG_DATA_HOME || join(environment.HOME || homedir(), ".local", "share"), "opencode");
  return { database: resolve(data, environment.OPENCODE_DB || "opencode.db"), worktree, earlier, startedAt };
}
