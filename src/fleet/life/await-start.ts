import type { AgentFiles } from "../../state/places.ts";
import { linesFromEnd } from "../../system/lines.ts";
import type { Report } from "../progress.ts";
import { type Runtime, readRuntime } from "../watch/runtime.ts";

/** How the start of an agent went. */
export type StartOutcome =
  | { readonly kind: "running"; readonly pid: number }
  | { readonly kind: "exited"; readonly pid: number | undefined; readonly code: number }
  | { readonly kind: "setup-failed"; readonly command: string; readonly code: number; readonly timedOut: boolean }
  /** The kernel did not keep it to its caps, so it was ended. */
  | { readonly kind: "uncapped" }
  | { readonly kind: "lost" };

const firstPauseMilliseconds = 2;
const longestPauseMilliseconds = 50;
/** How often tmux is asked whether the launcher is still there, which only a kill from outside ends silently. */
const checkMilliseconds = 1000;

interface Watch {
  readonly branch: string;
  readonly files: AgentFiles;
  readonly setupCommands: readonly string[];
  readonly cancelled: AbortSignal;
  readonly report: Report;
  readonly isAlive: () => Promise<boolean>;
}

/**
 * Waits until the launcher has started the agent, or cannot. Reports the setup commands it passes, and each second the one that runs.
 * Throws when cancelled.
 */
export async function awaitStart(watch: Watch): Promise<StartOutcome> {
  let isPresentShown = false;
  const report: Report = (progress) => {
    isPresentShown = progress.kind === "present";
    watch.report(progress);
  };
  try {
    return await untilStarted({ ...watch, report });
  } finally {
    if (isPresentShown) report({ kind: "present", branch: watch.branch, step: "setup", text: undefined });
  }
}

async function untilStarted(watch: Watch): Promise<StartOutcome> {
  const reportSetup = setupReporter(watch);
  const reportPresent = presentReporter(watch);
  let lastCheck = performance.now();
  for (let pause = firstPauseMilliseconds; ; pause = Math.min(pause * 1.5, longestPauseMilliseconds)) {
    const runtime = readRuntime(watch.files);
    reportSetup(runtime);
    reportPresent(runtime);
    const outcome = outcomeOf(runtime, watch);
    if (outcome !== undefined) return outcome;
    watch.cancelled.throwIfAborted();
    if (performance.now() - lastCheck > checkMilliseconds) {
      lastCheck = performance.now();
      if (!(await watch.isAlive())) return outcomeOf(readRuntime(watch.files), watch) ?? { kind: "lost" };
    }
    await Bun.sleep(pause);
  }
}

function outcomeOf({ phase, pid, exitCode }: Runtime, { setupCommands }: Watch): StartOutcome | undefined {
  if (phase?.kind === "failed") {
    const { step, code, timedOut } = phase;
    return { kind: "setup-failed", command: setupCommands[step - 1] ?? "", code, timedOut };
  }
  if (exitCode !== undefined) return { kind: "exited", pid, code: exitCode };
  return pid === undefined ? undefined : { kind: "running", pid };
}

/** Says how long each setup command took once the next thing has begun. */
function setupReporter({ branch, setupCommands, report }: Watch): (runtime: Runtime) => void {
  let current = 0;
  let begun = performance.now();
  return ({ phase, pid }) => {
    const step = pid === undefined ? (phase?.step ?? 0) : setupCommands.length + 1;
    if (step <= current) return;
    const seconds = (performance.now() - begun) / 1000;
    for (const command of setupCommands.slice(Math.max(0, current - 1), step - 1)) {
      report({ kind: "step", branch, step: "setup", text: command, seconds });
    }
    current = step;
    begun = performance.now();
  };
}

const lastLineBytes = 4096;

/** Says once a second which setup command runs, for how long, and its last line; or that others come first. */
function presentReporter({ branch, files, setupCommands, report }: Watch): (runtime: Runtime) => void {
  let current = -1;
  let begun = 0;
  let told = 0;
  return ({ phase, pid }) => {
    if (phase?.kind !== "setup" || pid !== undefined) return;
    if (phase.step !== current) [current, begun, told] = [phase.step, performance.now(), 0];
    const seconds = Math.floor((performance.now() - begun) / 1000);
    if (seconds <= told) return;
    told = seconds;
    const command = setupCommands[current - 1];
    const text =
      command === undefined ? `waits for other setups  ${seconds}s` : `${command}  ${seconds}s  ${lastLine(files)}`;
    report({ kind: "present", branch, step: "setup", text });
  };
}

function lastLine({ setupLog }: AgentFiles): string {
  for (const line of linesFromEnd(setupLog, lastLineBytes)) if (line.trim() !== "") return line.trim();
  return "";
}
