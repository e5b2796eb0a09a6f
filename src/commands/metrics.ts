import { metrics } from "../api/metrics.ts";
import { defineFleetCommand } from "./definition.ts";
import { reportFile } from "./report-file.ts";

export default defineFleetCommand({
  name: "metrics",
  args: {
    output: {
      type: "string",
      alias: "o",
      valueHint: "FILE",
      completes: "files",
      description: "write there instead, replacing the file at once",
    },
    dashboard: { type: "boolean", description: "print a dashboard of Grafana for them, as JSON" },
  },
  details: [
    "Prints status, CPU, memory, tokens and money of the agents of all repositories in the text format of Prometheus. With --output it " +
      "is made for the textfile collector of node_exporter: a file that ends in .prom, written by a timer. For a Prometheus that asks " +
      "fleet serve itself: fleet help costs.",
  ],
  examples: [
    { command: "fleet metrics", explanation: "look" },
    { command: "fleet metrics -o /var/lib/prometheus/node-exporter/fleet.prom", explanation: "from a timer" },
    { command: "fleet metrics --dashboard >fleet.json", explanation: "to import into Grafana" },
  ],
  async run(args, { application }) {
    if (args.dashboard === true) {
      const { grafanaDashboard } = await import("../fleet/cost/dashboard.ts");
      application.answer([JSON.stringify(grafanaDashboard(), null, 2)]);
      return 0;
    }
    const writeReport = reportFile(application, "output", args.output);
    const fleet = await application.openFleet({ looks: true });
    const { metrics: text } = await metrics(fleet);
    if (args.output !== undefined) writeReport(text);
    else if (application.json) application.answerJson({ metrics: text });
    else application.answer(text.split("\n").slice(0, -1));
    return 0;
  },
});
