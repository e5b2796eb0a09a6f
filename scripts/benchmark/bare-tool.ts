import { join } from "node:path";

/** The script of bare git and tmux with this name. */
export function bareTool(name: string): string {
  return join(import.meta.dir, "bare", name);
}
