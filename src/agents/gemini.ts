import type { AgentAdapter, AgentSignals, AgentState } from "./adapter.ts";
import { withoutControlCharacters } from "./control-characters.ts";

const bypass = ["--yolo", "-y"];

/** Google's Gemini CLI, as measured with 0.61.0. */
export const gemini: AgentAdapter = {
  name: "gemini",
  executable: "gemini",
  installation: "npm install -g @google/gemini-cli",

  refusal: () => undefined,

  plan({ program, flags }) {
    const asks = !flags.some((flag) => bypass.includes(flag));
    return {
      argv: [program, ...flags, "--skip-trust"],
      environment: {},
      prompt: { kind: "option", option: "-i" },
      agentSession: null,
      permission: asks ? "asks before it acts (gemini_flags)" : "never asks (gemini_flags)",
    };
  },

  /** `!` at the start would run the rest as a shell command, `/word` one of its own. */
  message(prompt) {
    const text = withoutControlCharacters(prompt);
    return /^(!|\/[\w-]+(\s|$))/.test(text) ? `Task: ${text}` : text;
  },

  /** Its title says `✦  Working… (directory)`, `✋  Action Required (directory)` or `◇  Ready (directory)`. */
  state({ title }: AgentSignals): AgentState {
    if (title.startsWith("✦")) return { activity: "working" };
    if (title.startsWith("✋")) return { activity: "waiting", reason: "asks for a decision" };
    return { activity: title.startsWith("◇") ? "idle" : "starting" };
  },

  interruptKeys: ["Escape"],
};
