import { basename } from "node:path";
import { removeTree, temporaryFiles } from "./files.ts";
import { processStarts } from "./processes/table.ts";

/** Removes the temporary files beside `name`, or any, that processes which do not run any more have left in these directories. */
export async function removeLeftovers(directories: readonly string[], name = ""): Promise<void> {
  const files = directories.flatMap(temporaryFiles).filter(({ path }) => basename(path).startsWith(name));
  if (files.length === 0) return;
  const running = await processStarts(files.map(({ pid }) => pid));
  for (const { path, pid } of files) if (!running.has(pid)) removeTree(path);
}
