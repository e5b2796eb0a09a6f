/** One running process. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  /** The process that began its session of the system (setsid): only a descendant of that one can be in it. Absent where nobody was asked. */
  readonly session?: number;
  /** The name of its program, cut to 15 bytes on Linux. */
  readonly name: string;
  /** When it started, in the units of the operating system: with the pid it names one process, also after the pid was used again. */
  readonly start: string;
  /** User and system time of the process and of its children that ended, in seconds. */
  readonly cpuSeconds: number;
  /** Resident memory, shared pages included. */
  readonly memoryBytes: number;
  /** It has ended and only waits for its parent to notice. */
  readonly zombie: boolean;
}

/** Whether anything has this process id here, be it of another user. A zombie counts. */
export function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

export type ProcessTable = ReadonlyMap<number, ProcessInfo>;
