import { statSync } from "node:fs";
import { join } from "node:path";
import type { Fleet } from "../fleet/fleet.ts";
import { statePlaces } from "../fleet/fleet.ts";
import { lookAtAgents } from "../fleet/watch/observe.ts";
import { needsUser, statusWords } from "../fleet/watch/status.ts";
import { readRegistry } from "../state/registry.ts";
import { makePrivateDirectory, readTextIfExists, rememberIn } from "../system/files.ts";
import { defineFleetCommand } from "./definition.ts";

/** A status line is drawn every few seconds, for each client: most of them get what the first has seen. */
const freshMilliseconds = 4000;

export default defineFleetCommand({
  name: "status-line",
  args: {},
  details: [
    "One short line for the status line of tmux, a prompt of a shell or a bar: how many agents there are in each state, those that need you first. " +
      "The answer is kept for four seconds, so it can be asked for often.",
  ],
  examples: [
    { command: "set -ag status-right ' #(fleet status-line)'", explanation: "in ~/.tmux.conf" },
    { command: "fleet status-line", explanation: "look" },
  ],
  async run(_, { application }) {
    const fleet = await application.openFleet({ looks: true });
    const text = await statusLine(fleet);
    if (application.json) application.answerJson({ status_line: text });
    else if (text !== "") application.answer([text]);
    return 0;
  },
});

async function statusLine(fleet: Fleet): Promise<string> {
  const { agentsRoot } = statePlaces(fleet);
  const kept = join(agentsRoot, ".status-line");
  const age = Date.now() - (statSync(kept, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  if (age >= 0 && age < freshMilliseconds) return readTextIfExists(kept) ?? "";
  const text = await lookedAt(fleet);
  makePrivateDirectory(agentsRoot);
  rememberIn(kept, text);
  return text;
}

/** `!1 waiting 3 working 2 idle`; nothing without agents. */
async function lookedAt(fleet: Fleet): Promise<string> {
  const observations = await lookAtAgents(fleet, readRegistry(statePlaces(fleet)));
  const counts = Map.groupBy(observations, ({ status }) => status.word);
  return statusWords
    .flatMap((word) => {
      const count = counts.get(word)?.length ?? 0;
      const mark = needsUser({ word }) ? "!" : "";
      return count === 0 ? [] : [`${mark}${count} ${word}`];
    })
    .join(" ");
}
