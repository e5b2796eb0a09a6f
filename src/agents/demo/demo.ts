import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { readTextIfExists } from "../../system/files.ts";
import type { Activity, AgentAdapter, AgentSignals, AgentState } from "../adapter.ts";
import script from "./agent.sh" with { type: "text" };

const activities: readonly Activity[] = ["working", "waiting", "idle"];

/** A small agent of our own that needs nothing but a POSIX shell and git: to try the fleet, and to test it. */
export const demo: AgentAdapter = {
  name: "demo",
  executable: undefined,
  installation: "it is part of fleet",
  script,
  refusal: () => undefined,
  describe: () => ({ prompt: { kind: "argument" }, permission: "never asks" }),
  commandLine: ({ program, statusFile }) => ({ argv: ["/bin/sh", program, statusFile], environment: {} }),
  message: (prompt) => prompt,

  state({ event }: AgentSignals): AgentState {
    const activity = activities.find((word) => word === event?.word);
    if (event === undefined || activity === undefined) return { activity: "starting" };
    return { activity, since: event.at, ...(event.reason === "" ? {} : { reason: event.reason }) };
  },

  question(screen) {
    const text = screen.split("\n").findLast((line) => line.startsWith("? "));
    return text === undefined ? undefined : { text: text.slice(2).trimEnd(), choices: [] };
  },

  interruptKeys: ["C-c"],

  submitsPasteAtOnce: true,
  /** While it works, what is typed waits in its terminal, which shows it. */
  arrived({ statusFile }, text, _, screen) {
    const ending = text.trimEnd().split("\n").at(-1)?.slice(-40) ?? "";
    return received(statusFile).at(-1) === text || screen.trimEnd().split("\n").slice(-3).join("\n").includes(ending);
  },

  took: ({ statusFile }, text) => received(statusFile).includes(text),

  lastTurn({ statusFile }) {
    const file = join(dirname(statusFile), "reply");
    const reply = readTextIfExists(file);
    return reply === undefined ? undefined : { endedAt: statSync(file).mtime, reply: reply.trimEnd() };
  },
};

/** The prompts it has taken so far. */
function received(statusFile: string): string[] {
  const text = readTextIfExists(join(dirname(statusFile), "received")) ?? "";
  return text.split("\0").slice(0, -1);
}
