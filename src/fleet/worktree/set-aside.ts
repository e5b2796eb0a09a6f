import type { AgentFiles } from "../../state/places.ts";
import { rememberIn, removeTree } from "../../system/files.ts";

/** A lock and what is written under it, in blocks of 4 kB; what a file system could compress would be no room. */
const roomBytes = 16_384;

/** Sets some room on the disk aside for the command that gives up the worktree of a killed agent; where there is none, nothing happens. */
export function setRoomAside({ room }: Pick<AgentFiles, "room">): void {
  rememberIn(room, crypto.getRandomValues(new Uint8Array(roomBytes)));
}

/** Gives it back, before anything is written of giving the worktree up: to empty the trash must work on the disk that the trash has filled. */
export function useRoom({ room }: Pick<AgentFiles, "room">): void {
  removeTree(room);
}
