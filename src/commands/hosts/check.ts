import { checkHosts, type HostChecks } from "../../api/across/check.ts";
import { hostOf, hostsOf } from "../../api/across/hosts.ts";
import { isTerminal, terminalColumns } from "../../system/terminal.ts";
import { defineFleetCommand } from "../definition.ts";
import { doctorLines } from "../doctor-view.ts";
import { noteNoHosts } from "./none.ts";

export default defineFleetCommand({
  name: "hosts check",
  args: {
    name: { type: "positional", required: false, valueHint: "NAME", description: "only this one" },
  },
  details: [
    "Asks every host at the same time: whether it can be reached, how many more agents it has room for, and what fleet doctor finds there. One that " +
      "says nothing for 5 seconds is not waited for.",
  ],
  examples: [{ command: "fleet hosts check gpu1", explanation: "what works there, and how to fix what does not" }],
  async run({ name }, { application }) {
    const fleet = await application.openFleet({ looks: true });
    const checked = await checkHosts(fleet, name === undefined ? hostsOf(fleet) : [hostOf(fleet, name)]);
    if (application.json) application.answerJson({ hosts: checked });
    else application.answer(checked.flatMap(linesOf));
    if (checked.length === 0) noteNoHosts(application);
    return checked.some(({ checks }) => checks.some(({ verdict }) => verdict === "trouble")) ? 1 : 0;
  },
});

function linesOf({ host, checks }: HostChecks, index: number): string[] {
  return [
    ...(index === 0 ? [] : [""]),
    `${host}:`,
    ...doctorLines(checks, isTerminal(1) ? terminalColumns() : undefined),
  ];
}
