import { addHost } from "../../api/across/manage.ts";
import { hasForm } from "../../config/forms.ts";
import { FleetError } from "../../errors.ts";
import { ask, canAsk } from "../../output/question.ts";
import { shellWord } from "../../system/shell.ts";
import { defineFleetCommand } from "../definition.ts";

export default defineFleetCommand({
  name: "hosts add",
  args: {
    name: { type: "positional", valueHint: "NAME", description: "what you call it" },
    destination: {
      type: "positional",
      required: false,
      variadic: true,
      valueHint: "DESTINATION",
      description: "what you type after ssh, options behind --; not for a host that is known",
    },
    yes: { type: "boolean", alias: "y", description: "replace another fleet there without asking" },
  },
  details: [
    "Puts this program there, into ~/.ai_fleet/bin, and nothing else: git, tmux and the agents are yours to install. An interrupted copy continues where it stopped. Run it again after an upgrade; agents there keep the program that they were started with.",
    "Your ssh configuration applies, keys and jump hosts included. A host key that ssh does not know is not accepted here, nobody is asked for a " +
      "password, and your ssh agent is not forwarded. What works there, and what happens when something fails, is in fleet help machines.",
  ],
  examples: [
    { command: "fleet hosts add gpu1 me@gpu1.example.com", explanation: "get it ready, and call it gpu1" },
    { command: "fleet hosts add lab -- -p 2222 -J gate me@lab", explanation: "with options of ssh" },
  ],
  async run({ name, yes }, { application, operands }) {
    const words = operands.slice(1);
    const destination = words.length === 0 ? undefined : words.map(shellWord).join(" ");
    if (!hasForm("host name", name)) throw notAName(name);
    if (destination !== undefined && !hasForm("ssh destination", destination)) throw notADestination(destination);
    const fleet = await application.openFleet();
    const mayReplace = async (host: string, there: string) =>
      yes === true ||
      (canAsk() && (await ask(`${host} has fleet ${there}; replace it? [y/N] `, application.cancelled)));
    const added = await addHost(fleet, { name, destination }, mayReplace);
    if (application.json) application.answerJson({ host: added });
    else application.answer([`${name} is ready, with fleet ${added.version}${added.unchanged ? ", as it was" : ""}.`]);
    application.narration.note(`To see what it has, run fleet hosts check ${name}`);
    return 0;
  },
});

function notAName(name: string): FleetError {
  return new FleetError("usage", `${JSON.stringify(name)} can be no name of a host`, {
    hint: "letters, digits, dots and dashes: fleet hosts add gpu1 me@gpu1",
  });
}

function notADestination(text: string): FleetError {
  return new FleetError("usage", `${JSON.stringify(text)} names no host for ssh`, {
    hint: "options go before it, behind two dashes: fleet hosts add gpu1 -- -p 2222 me@gpu1",
  });
}
