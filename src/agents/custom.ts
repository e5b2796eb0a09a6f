import type { AgentAdapter, AgentSignals, AgentState, PromptChannel } from "./adapter.ts";

/** What the user configured of a CLI we do not know, as a table `[agents.NAME]`. */
export interface CustomDefinition {
  readonly command: string;
  readonly flags: readonly string[];
  readonly prompt: "argument" | "option" | "stdin" | "none";
  readonly prompt_option: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** An agent CLI that the user described. It gets the same life as the others, with fewer signals. */
export function customAgent(name: string, definition: CustomDefinition): AgentAdapter {
  return {
    name,
    executable: definition.command,
    installation: `check command in [agents.${name}] with fleet config edit`,
    refusal: () => undefined,
    describe: () => ({ prompt: channel(definition), permission: "as its own settings say" }),
    commandLine: ({ program, flags }) => ({
      argv: [program, ...definition.flags, ...flags],
      environment: definition.env,
    }),
    message: (prompt) => prompt,
    interruptKeys: ["C-c"],
    state: ({ event }: AgentSignals): AgentState =>
      event === undefined
        ? { activity: "unknown", reason: `${name} does not say what it is doing` }
        : { activity: event.word === "waiting" || event.word === "idle" ? event.word : "working", since: event.at },
  };
}

function channel(definition: CustomDefinition): PromptChannel | undefined {
  if (definition.prompt === "none") return undefined;
  if (definition.prompt === "option") return { kind: "option", option: definition.prompt_option ?? "--prompt" };
  return { kind: definition.prompt };
}
