import { type Examination, examine } from "../fleet/doctor/doctor.ts";
import { aligned } from "../output/aligned.ts";
import { counted, oneLine } from "../output/text.ts";
import { defineFleetCommand } from "./definition.ts";

export default defineFleetCommand({
  name: "doctor",
  args: {},
  details: ["Looks at git, tmux, the agents, the configuration and the state. Nothing is changed."],
  examples: [{ command: "fleet doctor", explanation: "what works here, and how to mend what does not" }],
  async run(_, { application }) {
    const examinations = await examine(await application.openFleet());
    const troubles = examinations.filter(({ verdict }) => verdict === "trouble");
    if (application.json) {
      application.answerJson({ checks: examinations.map((each) => ({ ...each, remedy: each.remedy ?? null })) });
    } else {
      application.answer(aligned(examinations.map(line)));
      if (troubles.length > 0) application.narration.note(`${counted(troubles.length, "thing")} to mend.`);
    }
    return troubles.length === 0 ? 0 : 1;
  },
});

const marks: Readonly<Record<Examination["verdict"], string>> = { fine: "ok", advice: "-", trouble: "✗" };

function line({ subject, verdict, finding, remedy }: Examination): string[] {
  return [marks[verdict], subject, oneLine(finding), oneLine(remedy ?? "")];
}
