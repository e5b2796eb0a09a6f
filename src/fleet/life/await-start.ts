import type { AgentFiles } from "../../state/places.ts";
import type { Report } from "../progress.ts";
import { type Runtime, readRuntime } from "../watch/runtime.ts";

/** How the start of an agent went. */
export type StartOutcome =
  | { readonly kind: "running"; readonly pid: number }
  | { readonly kind: "exited"; readonly pid: number | undefined; readonly code: number }
  | { readonly kind: "setup-failed"; readonly command: string; readonly code: number; readonly timedOut: boolean }
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

/** Waits until the launcher has started the agent, or cannot. Reports the setup commands it passes. Throws when cancelled. */
export async function awaitStart(watch: Watch): Promise<StartOutcome> {
  const reportSetup = setupReporter(watch);
  let lastCheck = performance.now();
  for (let pause = firstPauseMilliseconds; ; pause = Math.min(pause * 1.5, longestPauseMilliseconds)) {
    const runtime = readRuntime(watch.files);
    reportSetup(runtime);
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
