import { FleetError } from "../errors.ts";
import { ReaderGone } from "../output/streams.ts";
import { build } from "../system/build.ts";
import { standardInputLines } from "../system/terminal.ts";
import { defineFleetCommand } from "./definition.ts";

export default defineFleetCommand({
  name: "api",
  args: {
    what: {
      type: "positional",
      required: false,
      valueHint: "schema",
      completes: ["schema"],
      description: "print the JSON Schema of all calls instead",
    },
  },
  details: [
    'For programs: reads calls as lines of JSON, {"id":1,"call":"list","input":{}}, and answers each with a line that has its id, in one ' +
      "process for as many calls as you like. The first line it writes says what can be called; fleet help json has it too. It never asks a question.",
    'A call that changes something has an "operation", an id that you choose: the same call with the same id is done once, and ' +
      '{"id":2,"result":"THAT-ID"} tells what came of it for seven days. Closing the input cancels nothing; {"id":3,"cancel":"THAT-ID"} does. ' +
      'After {"id":4,"hello":{"api":1,"stays":true}} it ends the calls that change nothing, such as a wait.',
  ],
  examples: [
    { command: `echo '{"id":1,"call":"list"}' | fleet api`, explanation: "one call" },
    { command: "fleet api schema", explanation: "what can be called, with which input, and what it answers" },
  ],
  async run({ what }, { application }) {
    if (what !== undefined && what !== "schema") {
      throw new FleetError("usage", `fleet api takes no ${JSON.stringify(what)}`, { hint: "run fleet api schema" });
    }
    if (what === "schema") {
      const { apiSchema } = await import("../api/schema.ts");
      application.answerJson(await apiSchema());
      return 0;
    }
    const { answerCalls } = await import("../api/door.ts");
    const fleet = await application.openFleet();
    await answerCalls(fleet, standardInputLines(), {
      version: build.version,
      write: whileSomebodyReads((line) => application.answer([line])),
    });
    return 0;
  },
});

/** A caller that has gone cancels nothing: what it called is done, and can be asked for by its name. */
function whileSomebodyReads(write: (line: string) => void): (message: object) => void {
  let isRead = true;
  return (message) => {
    if (!isRead) return;
    try {
      write(JSON.stringify(message));
    } catch (error) {
      if (!(error instanceof ReaderGone)) throw error;
      isRead = false;
    }
  };
}
