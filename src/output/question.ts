import { read } from "node:fs";
import { isTerminal } from "../system/terminal.ts";
import { writeAll } from "./streams.ts";

/** Whether somebody is there who sees a question and can answer it. */
export function canAsk(): boolean {
  return isTerminal(0) && isTerminal(2);
}

/**
 * Asks a question on the terminal and says whether the answer was yes; everything else, the end of input too, is no. Throws the reason
 * of `cancelled` when that comes before the answer.
 */
export async function ask(question: string, cancelled: AbortSignal): Promise<boolean> {
  return /^y(es)?$/.test(await answerTo(question, cancelled));
}

/** Asks a question on the terminal that can also be answered with `q`; everything but yes and `q` is no. Throws the reason of `cancelled`. */
export async function askOrQuick(question: string, cancelled: AbortSignal): Promise<"yes" | "no" | "quick"> {
  const answer = await answerTo(question, cancelled);
  if (/^q(uick)?$/.test(answer)) return "quick";
  return /^y(es)?$/.test(answer) ? "yes" : "no";
}

/** Reads a line without holding up the event loop, or Ctrl-C would not be heard before the line is complete. */
async function answerTo(question: string, cancelled: AbortSignal): Promise<string> {
  cancelled.throwIfAborted();
  writeAll(2, question);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const giveUp = () => {
    writeAll(2, "\n");
    reject(cancelled.reason);
  };
  cancelled.addEventListener("abort", giveUp);
  const buffer = Buffer.alloc(1024);
  read(0, buffer, 0, buffer.length, null, (error, length) => {
    if (error === null) resolve(buffer.toString("utf8", 0, length).trim().toLowerCase());
    else reject(error);
  });
  return promise.finally(() => cancelled.removeEventListener("abort", giveUp));
}
