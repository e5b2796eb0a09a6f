import { join } from "node:path";
import { makePrivateDirectory, readTextIfExists, replaceFile } from "../../system/files.ts";

const noteEvery = 30_000;

/** That somebody takes deliveries is on disk, for the time in which nobody does. */
export interface Presence {
  /** When somebody did last, before this began; nothing when nobody ever did. */
  readonly last: Date | undefined;
  /** Notes the end. */
  end(): void;
}

/** Begins to note in a folder that deliveries are taken, twice a minute. */
export function notePresence(folder: string): Presence {
  makePrivateDirectory(folder);
  const file = join(folder, "present");
  const last = Date.parse(readTextIfExists(file)?.trim() ?? "");
  const note = () => replaceFile(file, `${new Date().toISOString()}\n`);
  note();
  const timer = setInterval(note, noteEvery);
  return {
    last: Number.isNaN(last) ? undefined : new Date(last),
    end: () => {
      clearInterval(timer);
      note();
    },
  };
}
