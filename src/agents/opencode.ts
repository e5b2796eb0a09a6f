import type { AgentAdapter, AgentSignals, AgentState } from "./adapter.ts";
import { withoutControlCharacters } from "./control-characters.ts";

/** opencode, as measured with 1.18.33. */
export const opencode: AgentAdapter = {
  name: "opencode",
  executable: "opencode",
  installation: "npm install -g opencode-ai",
  readsScreen: true,

  refusal: () => undefined,

  plan: ({ program, flags }) => ({
    argv: [program, ...flags],
    environment: {},
    prompt: { kind: "option", option: "--prompt" },
    agentSession: null,
    permission: "as permission in opencode.json says",
  }),

  message: withoutControlCharacters,

  /** Its title and its files do not tell, its screen does: `esc interrupt` stands there for as long as a turn lasts. */
  state({ screen }: AgentSignals): AgentState {
    if (screen.trim() === "") return { activity: "starting" };
    if (/Permission required|Allow once/.test(screen)) return { activity: "waiting", reason: "asks for permission" };
    return { activity: /esc\s+(to\s+)?interrupt/.test(screen) ? "working" : "idle" };
  },

  /** The first asks whether it is meant. */
  interruptKeys: ["Escape", "Escape"],
};
