import { hostsOf } from "../../api/across/hosts.ts";
import { table } from "../../output/table.ts";
import { defineFleetCommand } from "../definition.ts";
import { noteNoHosts } from "./none.ts";

export default defineFleetCommand({
  name: "hosts list",
  args: {},
  details: ["Hosts that fleet hosts add was told of, and those of [hosts.NAME] in config.toml. None of them is asked."],
  async run(_args, { application }) {
    const fleet = await application.openFleet({ looks: true });
    const hosts = hostsOf(fleet);
    const { hosts: configured } = fleet.settings.config;
    if (application.json) {
      application.answerJson({
        hosts: hosts.map(({ name, settings: { ssh, slots, labels } }) => ({
          name,
          ssh,
          slots: slots === 0 ? null : slots,
          labels,
          configured: Object.hasOwn(configured, name),
        })),
      });
    } else if (hosts.length === 0) {
      noteNoHosts(application);
    } else {
      const columns = [
        { title: "HOST", align: "left" },
        { title: "SSH", align: "left" },
        { title: "SLOTS", align: "right" },
        { title: "LABELS", align: "left" },
      ] as const;
      const rows = hosts.map(({ name, settings: { ssh, slots, labels } }) => [
        ...[name, ssh, slots === 0 ? "-" : `${slots}`, labels.join(", ")],
      ]);
      application.answer(table(columns, rows, undefined));
    }
    return 0;
  },
});
