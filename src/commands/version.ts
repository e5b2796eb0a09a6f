import { build, describeBuild } from "../system/build.ts";
import { defineFleetCommand } from "./definition.ts";

export default defineFleetCommand({
  name: "version",
  args: {},
  details: [
    "Prints what fleet --version prints; with --json also the commit, its date, what it was compiled for and how old its prices are.",
  ],
  examples: [{ command: "fleet version --json", explanation: "all that a bug report needs to say of the program" }],
  async run(_, { application }) {
    if (application.json) application.answerJson(await versionAsJson());
    else application.answer([`fleet ${describeBuild(build)}`]);
    return 0;
  },
});

/** What is known of the program, as JSON: what was built in, and how old its prices are. */
export async function versionAsJson(): Promise<Readonly<Record<string, unknown>>> {
  const { priceTableDate, priceTableSource } = await import("../fleet/cost/prices.ts");
  return { fleet: build, prices: { source: priceTableSource, date: priceTableDate } };
}
