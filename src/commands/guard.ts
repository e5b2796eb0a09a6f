import { FleetError } from "../errors.ts";
import { become } from "../system/exec.ts";
import { restrictWriting } from "../system/landlock.ts";
import { defineFleetCommand } from "./definition.ts";

/** What a write-guard is: this program gives up its right to change files, and becomes the command. */
export default defineFleetCommand({
  name: "__guard",
  args: {
    write: { type: "string", repeatable: true, valueHint: "PATH", description: "may be changed, with all below it" },
  },
  passthrough: "COMMAND [ARGUMENT...]",
  async run(_, { application, repeated, passthrough }) {
    const [program] = passthrough;
    if (program === undefined) throw new FleetError("usage", "there is no command after --");
    restrictWriting(repeated.write ?? []);
    return become(passthrough, application.environment);
  },
});
