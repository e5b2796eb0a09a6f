import { dirname, join } from "node:path";
import { chooseAgent } from "../api/targets.ts";
import { FleetError } from "../errors.ts";
import type { RunningServer } from "../server/running.ts";
import { build } from "../system/build.ts";
import { findProgram, startDetached } from "../system/exec.ts";
import { isTerminal } from "../system/terminal.ts";
import { defineFleetCommand } from "./definition.ts";
import { branchOperand } from "./targets.ts";

export default defineFleetCommand({
  name: "open",
  args: {
    branch: { ...branchOperand, required: false },
    viewer: { type: "boolean", description: "for somebody who may look but not change anything" },
    print: { type: "boolean", description: "print the link, and open nothing" },
  },
  details: [
    "Opens the page of the fleet serve that is running. Where there is no browser, or no terminal, it prints the link, which opens one page " +
      "within ten minutes.",
  ],
  examples: [
    { command: "fleet open", explanation: "the page" },
    { command: "fleet open fix-42", explanation: "with one agent in front" },
    { command: "fleet open --print --viewer", explanation: "a link for somebody who may only look" },
  ],
  async run({ branch, viewer, print }, { application }) {
    const fleet = await application.openFleet({ looks: true });
    const agent =
      branch === undefined ? undefined : (await chooseAgent(fleet, branch, { reachesOut: true, away: "known" })).id;
    const [{ runningServers }, { readOrMakeSecrets }, { pageLink }] = await Promise.all([
      import("../server/running.ts"),
      import("../server/tokens.ts"),
      import("../server/links.ts"),
    ]);
    const folder = join(dirname(fleet.settings.file), "serve");
    const { url, version } = withPage(await runningServers(folder));
    if (version !== build.version) {
      application.narration.warning(
        `that server is fleet ${version}, and this is ${build.version}; to have it anew, end it and run fleet serve`,
      );
    }
    const browser =
      print === true || application.json || !isTerminal(1) ? undefined : browserOf(application.environment);
    // Who copies a link may open it elsewhere.
    const through = browser === undefined ? fleet.settings.config.serve_page_url : "";
    const role = viewer === true ? "viewer" : "owner";
    const link = pageLink(url, readOrMakeSecrets(folder), role, { agent, through });
    if (application.json) application.answerJson({ link });
    else if (browser === undefined) application.answer([link]);
    else {
      startDetached([browser, link], { environment: application.environment });
      application.narration.note(`opened ${url}; for the link, run fleet open --print`);
    }
    return 0;
  },
});

/** The newest server that has a page, and where. Throws FleetError `failed` when there is none. */
function withPage(servers: readonly RunningServer[]): { readonly url: string; readonly version: string } {
  for (const { url, version, hooks_only: hooksOnly } of servers) {
    if (url !== null && !hooksOnly) return { url, version };
  }
  const none = "no fleet serve runs, so there is no page to open";
  const others = "no fleet serve that runs has a page: each serves webhooks only, or a socket";
  throw new FleetError("failed", servers.length === 0 ? none : others, {
    code: "no-server",
    hint: `to start one${servers.length === 0 ? "" : " that has"}, run fleet serve`,
  });
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What opens a link for the user: what BROWSER names, else what the desktop has. Nothing without a desktop. */
function browserOf(environment: Environment): string | undefined {
  const named = environment.BROWSER;
  if (named) return findProgram(named, environment);
  if (process.platform === "darwin") return findProgram("open", environment);
  const desktop = environment.DISPLAY || environment.WAYLAND_DISPLAY;
  return desktop ? findProgram("xdg-open", environment) : undefined;
}
