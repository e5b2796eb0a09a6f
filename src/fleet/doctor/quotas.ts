import { durationText } from "../../config/durations.ts";
import type { Fleet } from "../fleet.ts";
import type { Examination } from "./examination.ts";

/** What agents were told last of what their accounts may use. That nothing is known of it is not worth a line. */
export async function examineQuotas(fleet: Fleet): Promise<Examination[]> {
  const { agentsBorne, knownQuotas } = await import("../cost/quota.ts");
  const now = Date.now();
  return [...knownQuotas(fleet)].map(([agent, quota]): Examination => {
    const windows = quota.windows.map(({ minutes, usedPercent, resetsAt }) => {
      const used = resetsAt <= now ? 0 : Math.round(usedPercent);
      return `${used}% of ${durationText(minutes * 60)} used`;
    });
    const isFull = agentsBorne(quota, now) === 0;
    return {
      subject: "quota",
      verdict: isFull ? "advice" : "fine",
      finding: `${agent}: ${windows.join(", ")}`,
      remedy: isFull ? "to start agents when it is new, run fleet fanout N -p PROMPT --when-quota" : undefined,
    };
  });
}
