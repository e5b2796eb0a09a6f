import { terminalSize } from "../output/full-screen.ts";
import { writeAll } from "../output/streams.ts";
import { rawMode, standardInput } from "../system/terminal.ts";
import { defineFleetCommand } from "./definition.ts";

/**
 * What git and terminals use in place of ssh where a Nomad has lent the machine: the words after the name of the host are run
 * there. It ends with 0 when they did, else with 1: nobody asks for more.
 */
export default defineFleetCommand({
  name: "__channel",
  args: {
    host: { type: "positional", valueHint: "HOST", description: "a host that has nomad set" },
    terminal: { type: "boolean", description: "the user's terminal is at the other end" },
  },
  passthrough: "HOST COMMAND",
  async run({ host, terminal }, { application, passthrough }) {
    const { runOverChannel } = await import("../api/across/channel.ts");
    const [, ...words] = passthrough;
    const leave = terminal === true ? rawMode() : () => undefined;
    const code = await runOverChannel(await application.openFleet(), host, words.join(" "), {
      input: standardInput(),
      write: writeAll,
      ...(terminal === true ? { watchSize } : {}),
    }).finally(leave);
    return code === 0 ? 0 : 1;
  },
});

function watchSize(onSize: (columns: number, rows: number) => void): void {
  const tell = () => {
    const { columns, rows } = terminalSize();
    onSize(columns, rows);
  };
  process.on("SIGWINCH", tell);
  tell();
}
