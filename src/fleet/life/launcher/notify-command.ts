import { quoteForShell } from "../../../system/shell.ts";
import bell from "./notify-bell.sh" with { type: "text" };
import desktop from "./notify-desktop.sh" with { type: "text" };
import slack from "./notify-slack.sh" with { type: "text" };

const readyMade: Readonly<Record<string, string>> = { bell, desktop };

/** The shell command behind `command` of the table `[notify]`: `desktop`, `bell`, the address of a webhook of Slack, or one of the user's own. */
export function notifyCommand(configured: string): string {
  if (/^https?:\/\/[^\s"\\]+$/.test(configured)) return `ai_fleet_address=${quoteForShell(configured)}\n${slack}`;
  return Object.hasOwn(readyMade, configured) ? (readyMade[configured] ?? configured) : configured;
}
