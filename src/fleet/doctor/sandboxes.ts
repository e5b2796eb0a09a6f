import { checkCaps } from "../../sandboxes/caps.ts";
import type { Sandbox } from "../../sandboxes/sandbox.ts";
import type { Fleet } from "../fleet.ts";
import type { Examination } from "./examination.ts";

/** Whether a kind of sandbox works. One that nobody asks for is no trouble. */
export async function examineSandbox(fleet: Fleet, name: string, sandbox: Sandbox): Promise<Examination> {
  const { works, finding, remedy } = await sandbox.check(fleet.environment, { thorough: true });
  const subject = "sandbox";
  const isFree = name === "write-guard" && fleet.settings.config.sandbox === "none";
  const advice = isFree ? "it costs nothing; to leave it on, set sandbox with fleet config edit" : undefined;
  if (works) return { subject, verdict: "fine", finding: `${name} works: ${finding}`, remedy: advice };
  if (fleet.settings.config.sandbox === name)
    return { subject, verdict: "trouble", finding: `${name}: ${finding}`, remedy };
  return { subject, verdict: "advice", finding: `${name}, not needed: ${finding}`, remedy };
}

/** Whether memory, cores and processes can be capped. Caps that nobody asks for are no trouble. */
export function examineCaps(fleet: Fleet): Examination {
  const { works, finding, remedy } = checkCaps(fleet.environment);
  const { memory_limit: memory, cpu_limit: cpu, pids_limit: pids } = fleet.settings.config;
  const isWanted = memory !== "" || cpu !== "" || pids !== 0;
  if (works || isWanted) return { subject: "caps", verdict: works ? "fine" : "trouble", finding, remedy };
  return { subject: "caps", verdict: "advice", finding: `not needed: ${finding}`, remedy };
}
