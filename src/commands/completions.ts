import { FleetError } from "../errors.ts";
import { defineFleetCommand } from "./definition.ts";
import { shells } from "./manual.ts";

export default defineFleetCommand({
  name: "completions",
  args: { shell: { type: "positional", valueHint: "SHELL", completes: shells, description: "bash, zsh or fish" } },
  details: [
    'bash: eval "$(fleet completions bash)" in ~/.bashrc. zsh: source <(fleet completions zsh) in ~/.zshrc, after compinit. ' +
      "fish: fleet completions fish | source in ~/.config/fish/config.fish.",
    "In zsh, fleet and flt become aliases with noglob, so that fleet kill auth-* works without quotes.",
  ],
  examples: [
    { command: "source <(fleet completions zsh)", explanation: "complete commands, options, branches and batches" },
  ],
  async run(args, { application }) {
    const shell = shells.find((name) => name === args.shell);
    if (shell === undefined) {
      throw new FleetError("usage", `there are no completions for ${args.shell}; there are for ${shells.join(", ")}`, {
        hint: "see fleet completions --help",
      });
    }
    const script = (await application.manual()).completions[shell];
    if (application.json) application.answerJson({ completions: script });
    else application.answer([script.replace(/\n$/, "")]);
    return 0;
  },
});
