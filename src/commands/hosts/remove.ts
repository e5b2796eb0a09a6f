import { removeHost } from "../../api/across/manage.ts";
import { defineFleetCommand } from "../definition.ts";

export default defineFleetCommand({
  name: "hosts remove",
  args: {
    name: { type: "positional", valueHint: "NAME", description: "the host to forget" },
    force: { type: "boolean", description: "without asking it whether agents of yours are there" },
  },
  details: ["What is there stays: the program, saved work and the mirrors of repositories, all in its ~/.ai_fleet."],
  async run({ name, force }, { application }) {
    const fleet = await application.openFleet();
    const isConfigured = await removeHost(fleet, name, { force: force === true });
    if (application.json) application.answerJson({ host: name, configured: isConfigured });
    const hint = `to finish, run fleet config edit and remove [hosts.${name}]`;
    application.narration.note(isConfigured ? `${name} is in config.toml; ${hint}` : `${name} is forgotten.`);
    return 0;
  },
});
