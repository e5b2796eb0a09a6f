import { failureLine, fetchAll } from "../api/across/fetch-chosen.ts";
import { knownAgents } from "../api/across/known.ts";
import { matchingAgents } from "../fleet/choose/selection.ts";
import { aligned } from "../output/aligned.ts";
import { defineFleetCommand } from "./definition.ts";

export default defineFleetCommand({
  name: "fetch",
  args: {
    branches: {
      type: "positional",
      required: false,
      variadic: true,
      valueHint: "BRANCH",
      completes: "targets",
      description: "names, globs or batches; else all on other machines",
    },
  },
  details: [
    "Commits and unsaved files come into this repository, as refs/fleet/hosts/HOST/BRANCH; nothing changes there. diff, compare, overlap, " +
      "merge and pr fetch by themselves, and kill does before anything is removed.",
  ],
  examples: [{ command: "fleet fetch", explanation: "all that agents on other machines have made so far" }],
  async run(_, { application, operands }) {
    const fleet = await application.openFleet();
    const { agents: known, silent } = await knownAgents(fleet);
    for (const { error } of silent) application.narration.failure("left out", error);
    const entries = matchingAgents(
      known.map(({ entry }) => entry),
      operands,
    );
    const { agents, failures, unheard } = await fetchAll(
      fleet,
      known.filter(({ entry }) => entries.includes(entry)),
    );
    if (application.json) {
      application.answerJson({
        agents: agents.map(({ host, entry, work }) => ({ ...entry, host, work })),
        failures: [...failures, ...unheard],
      });
    } else {
      const rows = agents.map(({ host, entry, work }) => [
        `  ${entry.branch}`,
        host,
        `${work.head.slice(0, 7)}${unsavedText(work.unsaved)}`,
      ]);
      application.answer(aligned(rows));
      if (entries.length === 0) application.narration.note("no agents on other machines");
      for (const failure of failures) application.narration.warning(failureLine(failure));
    }
    return failures.length + unheard.length + silent.length === 0 ? 0 : 1;
  },
});

function unsavedText(count: number): string {
  if (count === 0) return "";
  return count === 1 ? ", and 1 unsaved file" : `, and ${count} unsaved files`;
}
