import { homedir } from "node:os";
import { join } from "node:path";
import type { AgentAdapter, AgentSignals, AgentState, CommandLine, StartRequest, TranscriptPlace } from "../adapter.ts";
import { waitingState } from "../choices.ts";
import { plainPrompt } from "../plain-prompt.ts";
import { questionOn, retryingOn, wasCancelled, worksOn } from "./screen.ts";
import {
  hasQwenPrompt,
  lastQwenTurn,
  type QwenSession,
  qwenConversation,
  qwenConversationFile,
  qwenFailure,
} from "./transcript.ts";
import { qwenRowUsage, qwenUsageFiles, qwenUsageMarks } from "./usage.ts";

const bypass = ["--yolo", "-y", "--approval-mode=yolo"];

/** Alibaba's Qwen Code, as measured with 0.15.10. */
export const qwen: AgentAdapter = {
  name: "qwen",
  executable: "qwen",
  installation: "npm install -g @qwen-code/qwen-code",
  login: ({ HOME }) => [
    { path: join(HOME || homedir(), ".qwen", "oauth_creds.json"), renewed: true },
    { path: join(HOME || homedir(), ".qwen", "settings.json") },
  ],
  keeps: ({ HOME }) => ({ directories: [join(HOME || homedir(), ".qwen")] }),
  home: { places: ["QWEN_RUNTIME_DIR", "QWEN_HOME", "HOME"] },
  markers: ["QWEN_CODE", "QWEN_CODE_NO_RELAUNCH"],
  commandSettings: { variables: { PAGER: "cat", GIT_PAGER: "cat" } },
  defaultFlags: ["--yolo"],

  refusal: () => undefined,

  describe: (flags) => ({
    prompt: { kind: "option", option: "-i" },
    permission: flags.some((flag) => bypass.includes(flag)) ? "never asks" : "asks before it acts",
    namesConversation: true,
  }),

  commandLine: (request) => commandLine(request, ["--session-id", request.sessionId]),

  resume(request, place) {
    const session = sessionAt(place);
    if (session === undefined) return undefined;
    const { expected, found } = qwenConversationFile(session);
    if (found !== expected) return undefined;
    return { ...commandLine(request, ["--resume", session.id]), conversation: session.id };
  },

  leavesBehind(place) {
    const session = sessionAt(place);
    if (session === undefined) return undefined;
    const { expected, found } = qwenConversationFile(session);
    if (found === undefined || found === expected) return undefined;
    return { why: "Qwen Code goes on with a conversation only in the directory where it began", file: found };
  },

  /** `!` at the start runs the rest as a shell command, `/word` one of its own. `?` alone shows its keys. */
  message: (prompt) => plainPrompt(prompt, /^(!|\?$|\/[\w-]+(\s|$))/),

  readsScreen: true,

  /** Its title never changes. Its screen tells all but why there was no answer, which its transcript does. */
  state({ screen, place }: AgentSignals): AgentState {
    if (!/^\S? +Type your message|Waiting for user confirmation|esc to cancel/m.test(screen)) {
      return { activity: "starting" };
    }
    if (/^ *\S Initializing\.\.\.$/m.test(screen)) return { activity: "starting" };
    const question = questionOn(screen);
    if (question !== undefined) return { activity: "waiting", ...waitingState(question, "asks for a decision") };
    const session = sessionAt(place);
    const failure = session === undefined ? undefined : qwenFailure(session);
    if (worksOn(screen)) return { activity: "working", ...retryingOn(screen, failure?.failure) };
    if (failure === undefined || wasCancelled(screen)) return { activity: "idle" };
    return { activity: "error", ...failure.state, since: failure.since };
  },

  question: questionOn,
  queue: { isShown: (screen) => queueOn(screen) !== "" },
  interruptKeys: ["Escape"],

  /** The queue of a busy one is in no file; its screen shows it above the input box. */
  arrived(place, text, since, screen) {
    const beginning = text.trim().split("\n")[0]?.slice(0, 60) ?? "";
    if (beginning !== "" && queueOn(screen).includes(beginning)) return true;
    const session = sessionAt(place);
    return session !== undefined && hasQwenPrompt(session, text, since);
  },

  lastTurn(place) {
    const session = sessionAt(place);
    return session === undefined ? undefined : lastQwenTurn(session);
  },

  conversation(place) {
    const session = sessionAt(place);
    return session === undefined ? [] : qwenConversation(session);
  },

  usage: {
    kind: "files",
    complete: "always",
    marks: qwenUsageMarks,
    files: (place) => qwenUsageFiles(runtimeDirectory(place), place),
    read: qwenRowUsage,
  },
};

function commandLine({ program, flags }: StartRequest, conversation: readonly string[]): CommandLine {
  return { argv: [program, ...flags, ...conversation], environment: {} };
}

/** What waits between the line that says how long it works and the frame of the input box. */
function queueOn(screen: string): string {
  const [, below = ""] = screen.split(/^.*· esc to cancel\)$/m);
  return (below.split(/^─+$/m)[0] ?? "").trim();
}

function sessionAt(place: TranscriptPlace): QwenSession | undefined {
  const { agentSession: id, worktree } = place;
  return id === null ? undefined : { runtimeDirectory: runtimeDirectory(place), worktree, id };
}

function runtimeDirectory({ environment }: TranscriptPlace): string {
  const { QWEN_RUNTIME_DIR: runtime, QWEN_HOME: own, HOME: home } = environment;
  return runtime || own || join(home || homedir(), ".qwen");
}
