import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { FleetError } from "../errors.ts";
import type { Environment } from "../system/environment.ts";
import { replaceFile } from "../system/files.ts";
import { defineFleetCommand } from "./definition.ts";
import { type Shell, shells } from "./manual.ts";

/** As everything else in these folders is. */
const readableByAll = 0o644;

export default defineFleetCommand({
  name: "completions",
  args: {
    shell: {
      type: "positional",
      required: false,
      valueHint: "SHELL",
      completes: shells,
      description: "bash, zsh or fish; else that of $SHELL",
    },
    install: { type: "boolean", description: "write it where the shell looks for such scripts" },
  },
  details: [
    'bash: eval "$(fleet completions bash)" in ~/.bashrc. zsh: source <(fleet completions zsh) in ~/.zshrc, after compinit. ' +
      "fish: fleet completions fish | source in ~/.config/fish/config.fish.",
    "In zsh, fleet and flt become aliases with noglob, so that fleet kill auth-* works without quotes. fleet cd works where the script was " +
      "loaded by such a line; with --install it is loaded when something is first completed.",
  ],
  examples: [
    { command: "source <(fleet completions zsh)", explanation: "complete commands, options, branches and batches" },
    { command: "fleet completions --install", explanation: "for the shell you use, once and for all" },
  ],
  async run(args, { application }) {
    const shell = chosenShell(args.shell, application.environment);
    const script = (await application.manual()).completions[shell];
    if (args.install === true) {
      const paths = placesOf(shell, application.environment);
      for (const path of paths) {
        mkdirSync(dirname(path), { recursive: true });
        replaceFile(path, script, readableByAll);
      }
      if (application.json) application.answerJson({ paths });
      else application.answer(paths);
      application.narration.note(hintOf(shell, paths[0]));
    } else if (application.json) application.answerJson({ completions: script });
    else application.answer([script.replace(/\n$/, "")]);
    return 0;
  },
});

function chosenShell(named: string | undefined, { SHELL: login = "" }: Environment): Shell {
  const word = named ?? login.split("/").at(-1) ?? "";
  const shell = shells.find((name) => name === word);
  if (shell !== undefined) return shell;
  throw new FleetError(
    "usage",
    `there are no completions for ${word || "no shell"}; there are for ${shells.join(", ")}`,
    {
      hint: "see fleet completions --help",
    },
  );
}

/** Where a shell looks for completions of its user, by the name of the command; zsh has no such place of its own. */
function placesOf(
  shell: Shell,
  { HOME: home = "", XDG_DATA_HOME, XDG_CONFIG_HOME }: Environment,
): [string, ...string[]] {
  const shared = XDG_DATA_HOME || join(home, ".local/share");
  switch (shell) {
    case "bash":
      return [join(shared, "bash-completion/completions/fleet"), join(shared, "bash-completion/completions/flt")];
    case "zsh":
      return [join(shared, "zsh/site-functions/_fleet")];
    case "fish": {
      const own = join(XDG_CONFIG_HOME || join(home, ".config"), "fish/completions");
      return [join(own, "fleet.fish"), join(own, "flt.fish")];
    }
  }
}

function hintOf(shell: Shell, path: string): string {
  if (shell !== "zsh") return "New shells have it.";
  return `New shells have it with this line in ~/.zshrc, above compinit: fpath+=(${dirname(path)})`;
}
