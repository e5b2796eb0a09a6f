import { readFileSync } from "node:fs";

const ticksPerSecond = 100;

/** The share of a core that a process and the programs that it has run use for some seconds, in per cent (proc_pid_stat(5)). */
export async function processorShare(pid: number, seconds: number): Promise<number> {
  const before = processorSeconds(pid);
  await Bun.sleep(seconds * 1000);
  return Math.round(((processorSeconds(pid) - before) / seconds) * 1000) / 10;
}

function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond;
}
