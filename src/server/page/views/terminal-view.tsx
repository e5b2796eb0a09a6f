import type { Agent } from "../wire.ts";
import { Blank } from "./conditions.tsx";

/** The terminal of an agent. */
export function TerminalView({ agent }: { readonly agent: Agent }) {
  return (
    <Blank icon="terminal" title="Its terminal">
      <code>fleet attach {agent.branch}</code>
    </Blank>
  );
}
