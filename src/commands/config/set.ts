import { FleetError } from "../../errors.ts";
import { defineFleetCommand } from "../definition.ts";

/** The file is the user's, comments and all, and only they write to it: whoever tries is told what to write where. */
export default defineFleetCommand({
  name: "config set",
  args: {
    key: { type: "positional", required: false, valueHint: "KEY", description: "the name of a setting" },
    value: { type: "positional", required: false, valueHint: "VALUE", description: "what it is to be" },
  },
  async run({ key, value }) {
    const what = key === undefined || value === undefined ? "what it is to say" : `the line  ${lineOf(key, value)}`;
    throw new FleetError("usage", "config.toml is yours; fleet does not write to it", {
      hint: `run fleet config edit, and add ${what}`,
    });
  },
});

function lineOf(key: string, value: string): string {
  const isPlain = /^(?:true|false|-?\d+|\[.*\])$/.test(value);
  return `${key} = ${isPlain ? value : JSON.stringify(value)}`;
}
