import type { Quota } from "../agents/usage.ts";
import { span } from "../output/text.ts";

/** `codex, 12m ago: 43% of 5h used, again in 2h; 17% of 7d, again in 6d`. A window that is over has nothing used. */
export function quotaLine(agent: string, { at, windows, plan }: Quota, now: Date): string {
  const parts = windows.map(({ minutes, usedPercent, resetsAt }) => {
    const isOver = resetsAt <= now.getTime();
    const used = isOver ? "0%" : `${Math.round(usedPercent)}%`;
    return `${used} of ${span(minutes * 60_000)} used${isOver ? "" : `, new in ${span(resetsAt - now.getTime())}`}`;
  });
  const named = plan === undefined ? agent : `${agent} (${plan})`;
  return `${named}, told ${span(now.getTime() - at)} ago: ${parts.join("; ")}`;
}
