import { FleetError } from "../../errors.ts";
import { shellWord } from "../../system/shell.ts";
import { type Fleet, settingsFor } from "../fleet.ts";

/** What is run as the test of an agent. */
export interface TestCommand {
  readonly argv: readonly string[];
  /** As a person would type it. */
  readonly text: string;
}

/** Where the command of a test is from. */
export interface TestWords {
  /** What follows `--`; else the configured command. */
  readonly words: readonly string[];
  /** A line for a shell, from an option; used when there are no words. */
  readonly line?: string | undefined;
}

/** The command that tests the agents of a repository. Throws FleetError `usage` when nobody has said which. */
export function testCommand(fleet: Fleet, root: string, { words, line }: TestWords): TestCommand {
  if (words.length > 0) return { argv: words, text: words.map(shellWord).join(" ") };
  const configured = line ?? settingsFor(fleet, root).test_command;
  if (configured.trim() !== "") return { argv: ["/bin/sh", "-c", configured], text: configured };
  throw new FleetError("usage", "there is no test command", {
    hint: "give it after --, as in fleet test BRANCH -- npm test, or set test_command with fleet config edit",
  });
}
