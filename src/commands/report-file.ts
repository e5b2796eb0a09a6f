import { accessSync, constants, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { FleetError } from "../errors.ts";
import { replaceFile } from "../system/files.ts";
import type { Application } from "./application.ts";

/** Others shall read it, such as CI. */
const readableByAll = 0o644;

/** Writes a report; readers see the one before or the new one, whole. */
export type WriteReport = (text: string) => void;

/**
 * A file that a command is to write when its work is done: hours may lie between, so whether it can be written is looked at now. What is no
 * file, such as a pipe, is written to as it is. Without a path nothing is ever written. Throws FleetError `failed`, naming `option`.
 */
export function reportFile({ directory }: Application, option: string, path: string | undefined): WriteReport {
  if (path === undefined) return () => undefined;
  const file = resolve(directory, path);
  const existing = statSync(file, { throwIfNoEntry: false });
  if (existing?.isDirectory() === true) throw unwritable(option, path, "is a directory");
  const replaced = existing === undefined || existing.isFile();
  try {
    accessSync(replaced ? dirname(file) : file, constants.W_OK);
  } catch (cause) {
    throw unwritable(option, path, "cannot be written", cause);
  }
  return (text) => (replaced ? replaceFile(file, text, readableByAll) : writeFileSync(file, text));
}

function unwritable(option: string, path: string, why: string, cause?: unknown): FleetError {
  return new FleetError("failed", `--${option}: ${path} ${why}`, {
    hint: "name a file in a directory that you can write to",
    ...(cause === undefined ? {} : { cause }),
  });
}
