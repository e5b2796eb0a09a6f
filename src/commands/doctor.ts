import { doctor, doctorReport } from "../api/doctor.ts";
import { counted } from "../output/text.ts";
import { isTerminal, terminalColumns } from "../system/terminal.ts";
import { defineFleetCommand } from "./definition.ts";
import { doctorLines } from "./doctor-view.ts";

export default defineFleetCommand({
  name: "doctor",
  args: { report: { type: "boolean", description: "write what a bug report needs, without secrets and names" } },
  details: [
    "Looks at git, tmux, the agents, the configuration and the state. Nothing is changed.",
    "A report says the same, and more about the machine. Of settings it only gives the length; names of users, machines, repositories and branches are replaced. Read it before you send it.",
  ],
  examples: [
    { command: "fleet doctor", explanation: "what works here, and how to fix what does not" },
    { command: "fleet doctor --report > report.md", explanation: "for a bug report" },
  ],
  async run(args, { application }) {
    const fleet = await application.openFleet({ looks: true });
    if (args.report === true) {
      const answer = await doctorReport(fleet);
      if (application.json) application.answerJson(answer);
      else application.answer(answer.report.trimEnd().split("\n"));
      return 0;
    }
    const { checks } = await doctor(fleet);
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
