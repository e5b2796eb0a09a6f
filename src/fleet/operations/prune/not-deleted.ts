import { shellWord } from "../../../system/shell.ts";

/** What the system answers for a path that it does not let go, which is no reason to leave the rest. */
const refusals = new Set(["EPERM", "EACCES", "EBUSY", "EROFS"]);

/**
 * What is to be said of a path that could not be deleted, and the line that deletes it; `undefined` when the error is about something else.
 * Not even root deletes a file that is marked as one that never changes (chattr(1)).
 */
export function notDeleted(path: string, error: unknown, platform: string = process.platform): string | undefined {
  const { code = "", message = "" } = (error instanceof Error ? error : {}) as Partial<NodeJS.ErrnoException>;
  if (!refusals.has(code)) return undefined;
  const reason = /^[A-Z]+: ([^,]+)/.exec(message)?.[1] ?? message;
  const place = shellWord(path);
  const unmark = code === "EPERM" && platform === "linux" ? `sudo chattr -R -f -ia ${place}; ` : "";
  return `${path}: ${reason}; to delete it, run ${unmark}sudo rm -rf ${place}`;
}
