import { readSync } from "node:fs";
import { isTerminal } from "../system/terminal.ts";
import { writeAll } from "./streams.ts";

/** Whether somebody is there who sees a question and can answer it. */
export function canAsk(): boolean {
  return isTerminal(0) && isTerminal(2);
}

/** Asks a question on the terminal and says whether the answer was yes; everything else, the end of input too, is no. */
export function ask(question: string): boolean {
  return /^y(es)?$/.test(answerTo(question));
}

/** Asks a question that can also be answered with `q`. */
export function askOrQuick(question: string): "yes" | "no" | "quick" {
  const answer = answerTo(question);
  if (/^q(uick)?$/.test(answer)) return "quick";
  return /^y(es)?$/.test(answer) ? "yes" : "no";
}

function answerTo(question: string): string {
  writeAll(2, question);
  const buffer = Buffer.alloc(1024);
  const length = readSync(0, buffer);
  return buffer.toString("utf8", 0, length).trim().toLowerCase();
}
