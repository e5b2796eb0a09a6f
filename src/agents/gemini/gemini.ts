import { homedir } from "node:os";
import { join } from "node:path";
import type { AgentAdapter, AgentSignals, AgentState, CommandLine, StartRequest, TranscriptPlace } from "../adapter.ts";
import { plainPrompt } from "../plain-prompt.ts";
import { isQueued } from "../queue.ts";
import {
  type GeminiSession,
  geminiChat,
  geminiChats,
  geminiConversation,
  geminiFailure,
  hasGeminiPrompt,
  lastGeminiTurn,
} from "./transcript.ts";
import { geminiRowUsage, geminiUsageFiles, geminiUsageMarks } from "./usage.ts";

const bypass = ["--yolo", "-y"];

/** Google's Gemini CLI, as measured with 0.61.0. */
export const gemini: AgentAdapter = {
  name: "gemini",
  executable: "gemini",
  login: (environment) =>
    [
      { path: "oauth_creds.json", renewed: true } as const,
      { path: "google_accounts.json" },
      { path: "settings.json" },
    ].map((file) => ({
      ...file,
      path: join(environment.GEMINI_CLI_HOME || environment.HOME || homedir(), ".gemini", file.path),
    })),
  keeps: ({ GEMINI_CLI_HOME: own, HOME }) => ({ directories: [join(own || HOME || homedir(), ".gemini")] }),
  home: { places: ["GEMINI_CLI_HOME", "HOME"] },
  markers: ["GEMINI_CLI", "GEMINI_CLI_NO_RELAUNCH"],
  commandSettings: {
    variables: {
      PAGER: "cat",
      GIT_PAGER: "cat",
      GIT_TERMINAL_PROMPT: "0",
      GIT_ASKPASS: "",
      SSH_ASKPASS: "",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_SYSTEM: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GH_PROMPT_DISABLED: "1",
      GCM_INTERACTIVE: "never",
      DISPLAY: "",
      DBUS_SESSION_BUS_ADDRESS: "",
      GEMINI_CLI_TRUST_WORKSPACE: "true",
    },
    git: {
      "credential.helper": "",
      "core.fsmonitor": "",
      "core.hooksPath": "",
      "core.sshCommand": "",
      "core.pager": "cat",
      "core.editor": "",
      "sequence.editor": "",
      "diff.external": "",
    },
  },
  installation: "npm install -g @google/gemini-cli",

  refusal: () => undefined,

  describe: (flags) => ({
    prompt: { kind: "option", option: "-i" },
    permission: flags.some((flag) => bypass.includes(flag))
      ? "never asks (gemini_flags)"
      : "asks before it acts (gemini_flags)",
  }),

  commandLine: (request) => commandLine(request, []),

  /**
   * `latest` is that of the directory it is started in, where nobody else works; one that began elsewhere it knows by no name, and takes
   * a copy of, to which it appends.
   */
  resume(request, place) {
    const chat = geminiChat(sessionAt(place));
    if (chat === undefined) return undefined;
    const words = chat.isHere ? ["--resume", "latest"] : ["--session-file", chat.file];
    return { ...commandLine(request, words), conversation: null };
  },

  /** `!` at the start runs the rest as a shell command, `/word` one of its own. */
  message: (prompt) => plainPrompt(prompt, /^(!|\/[\w-]+(\s|$))/),

  readsScreen: true,

  /**
   * Its title says `✦  Working… (directory)`, `✋  Action Required (directory)` or `◇  Ready (directory)`; not that it has stopped at
   * one of its dialogs, which its screen shows, and not that there was an error, which its transcript tells.
   */
  state({ title, screen, place }: AgentSignals): AgentState {
    if (title.startsWith("✋")) return { activity: "waiting", reason: "asks for a decision" };
    const question = dialogIn(screen);
    if (question !== undefined) return { activity: "waiting", reason: question };
    if (title.startsWith("✦")) return { activity: "working" };
    if (!title.startsWith("◇")) return { activity: "starting" };
    const failure = geminiFailure(sessionAt(place));
    return failure === undefined ? { activity: "idle" } : { activity: "error", ...failure };
  },

  interruptKeys: ["Escape"],
  queue: { isShown: (screen) => queueMark.test(screen) },

  /** The queue of a busy one is in no file; its screen shows the beginning. */
  arrived: (place, text, since, screen) =>
    isQueued(screen, queueMark, text) || hasGeminiPrompt(sessionAt(place), text, since),

  /** It writes the prompt of a turn into the conversation itself when that has an answer. */
  took: (place, text, since) => hasGeminiPrompt(sessionAt(place), text, since),

  lastTurn: (place) => lastGeminiTurn(sessionAt(place)),
  conversation: (place) => geminiConversation(sessionAt(place)),

  usage: {
    kind: "files",
    complete: "never",
    marks: geminiUsageMarks,
    files: (place) => geminiChats(sessionAt(place)).flatMap(geminiUsageFiles),
    read: geminiRowUsage,
  },
};

function commandLine({ program, flags }: StartRequest, conversation: readonly string[]): CommandLine {
  return { argv: [program, ...flags, "--skip-trust", ...conversation], environment: {} };
}

const queueMark = /^ *Queued \(press ↑ to edit\)/m;

/** What it asks in the box at the end of its screen: for a key, or what to do when a model is not to be had. */
function dialogIn(screen: string): string | undefined {
  const box = screen.slice(screen.lastIndexOf("╭"));
  if (/Enter Gemini API Key/.test(box)) return "login missing: asks for a Gemini API key";
  if (!/^│ +● 1\. .*$[^╯]*^│ +2\. Stop/m.test(box)) return undefined;
  const [question = ""] = box.split(/^│ +● 1\. /m);
  return question
    .replace(/[│╭─╮]/g, " ")
    .replace(/\s+/g, " ")
    .replace(/ \/(stats|model) .*/, "")
    .trim();
}

function sessionAt({ worktree, earlier = [], startedAt, environment }: TranscriptPlace): GeminiSession {
  return {
    directory: join(environment.GEMINI_CLI_HOME || environment.HOME || homedir(), ".gemini"),
    worktree,
    earlier,
    startedAt,
  };
}
