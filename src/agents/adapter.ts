import type { FleetError } from "../errors.ts";
import type { Environment } from "../system/environment.ts";
import type { Question } from "./choices.ts";
import type { FailureDetail } from "./model-failure.ts";
import type { UsageSource } from "./usage.ts";

/** For whom and how an agent would be started: what is known before anything of it is there. */
export interface StartConditions {
  /** The user's flags for this agent. */
  readonly flags: readonly string[];
  /** The main checkout: what directory trust is given to. */
  readonly repository: string;
  readonly environment: Environment;
  readonly superuser: boolean;
}

/** What an agent is started with, when its worktree is there. */
export interface StartRequest extends StartConditions {
  /** The absolute path of its program; of our own script for a built-in one. */
  readonly program: string;
  readonly worktree: string;
  /** The files of the worktree that the user had copied into it, relative to it. */
  readonly givenFiles: readonly string[];
  /** Where it is noted which repositories were not trusted by the user. */
  readonly trustNotes: string;
  /** A new UUID, for agents that let us name their conversation. */
  readonly sessionId: string;
  /** Where an agent that can be told to should write what it is doing: a word, a line end, a reason. */
  readonly statusFile: string;
  /** The script to run with `waiting`, `idle` or `error` when the agent comes to that; `undefined` when nobody wants to know. */
  readonly notifier: string | undefined;
  /** The shell command to run before each tool, where it can: it stops the turn when the budget is used. `undefined` without one. */
  readonly budgetCommand?: string | undefined;
}

/** How the first prompt reaches the agent: as its last argument, after an option, or on its standard input. */
export type PromptChannel =
  | { readonly kind: "argument" | "stdin" }
  | { readonly kind: "option"; readonly option: string };

/** What a start with certain flags is, whoever asks for it and wherever that is. */
export interface StartDescription {
  /** `undefined` when the agent takes no prompt at its start. */
  readonly prompt: PromptChannel | undefined;
  /** What the agent does before it acts, for the user to know: `never asks (claude_flags)`. */
  readonly permission: string;
  /** Its conversation has the name that we choose. */
  readonly namesConversation?: true;
}

/** A command line, complete but for the prompt. */
export interface CommandLine {
  readonly argv: readonly string[];
  /** Added to the agent's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the repository brings that stays off, because the user has not accepted it: `its hooks`, `the MCP server x`. */
  readonly keptOff?: readonly string[];
}

/** A command line that goes on with a conversation. */
export interface Continuation extends CommandLine {
  /** The name of the conversation, where it has one. */
  readonly conversation: string | null;
  /** The agent looks at no prompt beside it, and is given it afterwards. */
  readonly takesNoPrompt?: true;
}

/** What an agent that runs is doing. `unknown` is said when nothing tells, never guessed away. */
export type Activity = "starting" | "working" | "waiting" | "idle" | "error" | "unknown";

/** What an agent asks, why it has no answer, or what else it says of its state. */
export type AgentDetail =
  | ({ readonly kind: "question" } & Question)
  | FailureDetail
  | { readonly kind: "told"; readonly text: string };

/** What an agent is at, as its own files or its screen tell. */
export interface AgentState {
  readonly activity: Activity;
  /** The question it asks, or why it cannot go on. */
  readonly reason?: string;
  /** The parts of `reason`, where they are known. */
  readonly detail?: AgentDetail;
  /** When that began, where it tells. */
  readonly since?: Date;
  /** It has done something since its start: one that keeps no conversation has nothing else to say that it took its first prompt. */
  readonly hasBegun?: true;
}

/** Everything an agent can be known by without talking to it. */
export interface AgentSignals {
  readonly pid: number;
  /** The start of that process, as the process table words it: tells a file it wrote from one an earlier process left. */
  readonly processStart: string;
  /** The terminal title it set. */
  readonly title: string;
  /** What its pane shows; empty unless the agent `readsScreen`, and now. */
  readonly screen: string;
  /** What it, or a hook of ours in it, wrote last, and when. */
  readonly event: { readonly word: string; readonly reason: string; readonly at: Date } | undefined;
  /** Where its own record of its work is. */
  readonly place: TranscriptPlace;
}

/** The last turn an agent has finished. */
export interface FinishedTurn {
  readonly endedAt: Date;
  /** What it said last. */
  readonly reply: string;
}

/** A piece of a conversation, in the order in which it was said. */
export interface Utterance {
  /** `undefined` when the agent does not write it down. */
  readonly at: Date | undefined;
  readonly by: "user" | "agent";
  readonly text: string;
}

/** What a tool does that all agents have, under whatever name. */
export type ToolKind = "run" | "edit" | "write" | "read" | "search" | "find";

/** Something the agent did. */
export interface ToolUse {
  readonly at: Date | undefined;
  readonly by: "tool";
  /** As the agent calls it. */
  readonly tool: string;
  /** Absent for a tool that only this agent has. */
  readonly kind?: ToolKind;
  /** The argument that says most of it: a command, files, a pattern. */
  readonly argument: string;
}

/** What stood in the way of an answer. */
export interface Trouble {
  readonly at: Date | undefined;
  readonly by: "error";
  readonly text: string;
}

export type ConversationPart = Utterance | ToolUse | Trouble;

/** How an agent's own record of its work is found. */
export interface TranscriptPlace {
  readonly worktree: string;
  /** Where the worktree has been before, and until when. */
  readonly earlier?: readonly { readonly worktree: string; readonly until: Date }[];
  readonly agentSession: string | null;
  readonly startedAt: Date;
  readonly statusFile: string;
  /** Its home: the variables that the adapter names as such have the values the agent was started with, secrets only `set`. */
  readonly environment: Environment;
}

/** The variables that decide where an agent keeps what it knows, and with whose account it works. */
export interface HomeVariables {
  /** Kept with the agent, since who looks at it later may have others. No repository may set them. */
  readonly places: readonly string[];
  /** Secrets: all that is kept is whether they are set. */
  readonly secrets?: readonly string[];
}

/** A file in the home of an agent CLI by which it knows its user. */
export interface LoginFile {
  readonly path: string;
  /** Of a JSON file, what belongs to the login; all of a file without. */
  readonly keys?: readonly string[];
  /** The CLI renews it as it works, and the old one may then be worth nothing. */
  readonly renewed?: true;
}

/** What an agent sets for the commands of its model, so that none waits for an answer, pages or runs what a repository brings. */
export interface CommandSettings {
  readonly variables: Readonly<Record<string, string>>;
  /** Settings of git, by `GIT_CONFIG_KEY_<n>` and `GIT_CONFIG_VALUE_<n>`. */
  readonly git?: Readonly<Record<string, string>>;
}

/** One agent CLI: everything the fleet needs to know of it. */
export interface AgentAdapter {
  readonly name: string;
  /** Absent for an agent that keeps nothing we read. */
  readonly home?: HomeVariables;
  /** What an agent that has a home of its own, in a sandbox, needs of the user's; for an environment, always the same files in order. */
  readonly login?: (environment: Environment) => readonly LoginFile[];
  /** What its CLI keeps at home and writes to as it works: directories with all below them, and files beside these. */
  readonly keeps?: (environment: Environment) => {
    readonly directories: readonly string[];
    readonly files?: readonly string[];
  };
  /** The folder in its home in which it looks for skills of the user. Absent where it has none. */
  readonly skills?: (environment: Environment) => string;
  /** The flags it is started with while the user has configured none. */
  readonly defaultFlags?: readonly string[];
  /** The flags that the user's table `[agents.NAME]` has for one of ours. */
  readonly configuredFlags?: readonly string[];
  /** It keeps no memory of its own of hooks that the user has accepted, so fleet notes for it whose may run. */
  readonly notesHooks?: true;
  /** Variables by which programs know that they run inside of it; an agent inside of it must not. */
  readonly markers?: readonly string[];
  /** What it sets for the commands of its model beside these, which is nothing for an agent with a terminal of its own. */
  readonly commandSettings?: CommandSettings;
  /** What to look for on PATH; `undefined` for an agent of our own. */
  readonly executable: string | undefined;
  /** The command with which a user gets it. */
  readonly installation: string;
  /**
   * Its status can only be seen on its screen, which costs a question to tmux: always, or while what this extended regular expression
   * finds stands there.
   */
  readonly readsScreen?: true | string;
  /** The script of an agent of our own. */
  readonly script?: string;
  /** Why this agent would not start like this, found before anything is made. */
  refusal(conditions: StartConditions): FleetError | undefined;
  /** What a start with these flags is. Pure. */
  describe(flags: readonly string[]): StartDescription;
  /** Made once, when the worktree is there: what the repository brings in it decides, too. */
  commandLine(request: StartRequest): CommandLine;
  /**
   * The command line that goes on with a conversation; `undefined` when there is none to go on with. Absent where an agent cannot:
   * it is then started anew.
   */
  resume?(request: StartRequest, place: TranscriptPlace): Continuation | undefined;
  /** A conversation that is there and cannot be gone on with: why not, and the file it is in. Absent where all can. */
  leavesBehind?(place: TranscriptPlace): { readonly why: string; readonly file: string } | undefined;
  /** The prompt as it must be written so that the agent takes it for text. */
  message(prompt: string): string;
  /** What has to be different when the message is pasted instead of being an argument. */
  pasted?(message: string): string;
  /** Answers in advance the questions it would stop at, in its own files, where its command line cannot. */
  prepare?(request: StartRequest): Promise<void>;
  /** What `prepare` would write now, and where: `in ~/.claude.json: that REPOSITORY is trusted`. */
  wouldPrepare?(conditions: StartConditions): string | undefined;
  state(signals: AgentSignals): AgentState;
  /**
   * Whether a text that was submitted after `since` has arrived: it is in the agent's own transcript, or, in a queue that it keeps
   * nowhere else, on its screen. Absent where nothing tells.
   */
  arrived?(place: TranscriptPlace, text: string, since: Date, screen: string): boolean;
  /**
   * Whether a text that was handed over after `since`, and may have waited for the end of a turn, was taken. Absent where the
   * conversation tells, or nothing does.
   */
  took?(place: TranscriptPlace, text: string, since: Date): boolean;
  /** What its own transcript says of the turn it finished last; `undefined` before the first. Absent where there is no transcript. */
  lastTurn?(place: TranscriptPlace): FinishedTurn | undefined;
  /** An Enter right behind a paste submits it. Others take it for a line end of what is pasted. */
  readonly submitsPasteAtOnce?: true;
  /** What stands in its input box, on a screen with its styles; `undefined` where a dialog took its place. Absent where nothing tells. */
  draft?(screen: string): string | undefined;
  /** The question on its screen, to be answered by the number of a choice; `undefined` where there is none that can be read. */
  question?(screen: string): Question | undefined;
  /** Prompts that wait for the end of its turn, as its screen shows them. */
  readonly queue?: {
    isShown(screen: string): boolean;
    /** The keys that bring them back into the input box. Absent where they are submitted when the turn is stopped. */
    readonly takeBackKeys?: readonly string[];
  };
  /**
   * The conversation in its own transcript, the newest part first, read only as far as it is asked for. Absent where there is no
   * transcript.
   */
  conversation?(place: TranscriptPlace): Iterable<ConversationPart>;
  /** What its models were asked and answered, in tokens. Absent where it writes nothing of it. */
  readonly usage?: UsageSource<TranscriptPlace>;
  /**
   * The one file that a conversation is in: where it is now, if there is one, and where the CLI looks for it first. It goes on with it on
   * another machine, too. Absent where it would not.
   */
  conversationFile?(
    place: TranscriptPlace,
  ): { readonly expected: string; readonly found: () => string | undefined } | undefined;
  /** The keys that stop a turn, by their tmux names. */
  readonly interruptKeys: readonly string[];
  /** The keys that empty its input box afterwards, into which it may have put a prompt back. */
  readonly clearKeys?: readonly string[];
}
