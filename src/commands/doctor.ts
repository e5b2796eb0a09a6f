import { doctor } from "../api/doctor.ts";
import { counted } from "../output/text.ts";
import { isTerminal, terminalColumns } from "../system/terminal.ts";
import { defineFleetCommand } from "./definition.ts";
import { doctorLines } from "./doctor-view.ts";

export default defineFleetCommand({
  name: "doctor",
  args: {},
  details: ["Looks at git, tmux, the agents, the configuration and the state. Nothing is changed."],
  examples: [{ command: "fleet doctor", explanation: "what works here, and how to fix what does not" }],
  async run(_, { application }) {
    const { checks } = await doctor(await application.openFleet({ looks: true }));
    const troubles = checks.filter(({ verdict }) => verdict === "trouble");
    if (application.json) {
      application.answerJson({ checks });
    } else {
      application.answer(doctorLines(checks, isTerminal(1) ? terminalColumns() : undefined));
      if (troubles.length > 0) application.narration.note(`${counted(troubles.length, "problem")} found.`);
    }
    return troubles.length === 0 ? 0 : 1;
  },
});
