import { doctor } from "../api/doctor.ts";
import type { DoctorAnswer } from "../model/wire/doctor.ts";
import { aligned } from "../output/aligned.ts";
import { counted, oneLine } from "../output/text.ts";
import { defineFleetCommand } from "./definition.ts";

export default defineFleetCommand({
  name: "doctor",
  args: {},
  details: ["Looks at git, tmux, the agents, the configuration and the state. Nothing is changed."],
  examples: [{ command: "fleet doctor", explanation: "what works here, and how to mend what does not" }],
  async run(_, { application }) {
    const { checks } = await doctor(await application.openFleet({ looks: true }));
    const troubles = checks.filter(({ verdict }) => verdict === "trouble");
    if (application.json) {
      application.answerJson({ checks });
    } else {
      application.answer(aligned(checks.map(line)));
      if (troubles.length > 0) application.narration.note(`${counted(troubles.length, "thing")} to mend.`);
    }
    return troubles.length === 0 ? 0 : 1;
  },
});

type Check = DoctorAnswer["checks"][number];

const marks: Readonly<Record<Check["verdict"], string>> = { fine: "ok", advice: "-", trouble: "✗" };

function line({ subject, verdict, finding, remedy }: Check): string[] {
  return [marks[verdict], subject, oneLine(finding), oneLine(remedy ?? "")];
}
