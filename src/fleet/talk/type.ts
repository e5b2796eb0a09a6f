import { FleetError } from "../../errors.ts";
import { type Typed, typeInto } from "../../system/tmux/typing.ts";
import { type Fleet, serverAt } from "../fleet.ts";
import type { AgentPane } from "../watch/screens.ts";
import { holdingKeyboard } from "./keyboard.ts";

/**
 * Types into an agent's terminal what somebody types who looks at it, after whoever types there now. Throws FleetError `failed` when it has
 * ended.
 */
export async function typeToAgent(fleet: Fleet, { entry, pane }: AgentPane, typed: Typed): Promise<void> {
  const arrived = await holdingKeyboard(fleet, entry, () => typeInto(serverAt(fleet, entry.socket), pane, typed));
  if (arrived) return;
  throw new FleetError("failed", `nothing runs any more in the terminal of ${entry.branch}`, {
    code: "no-terminal",
    hint: `to start it again, run fleet resume ${entry.branch}`,
  });
}
