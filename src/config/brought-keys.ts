import type { Key } from "./key.ts";
import type { SettingName } from "./keys.ts";

/** The settings that a repository may bring in its own file. */
export const broughtSettings = [
  "default_agent",
  "credential_files",
  "setup_commands",
  "clone_directories",
  "test_command",
] as const satisfies readonly SettingName[];

/** The table `[env]` of that file: variables for setup commands and agents. */
export const broughtVariables: Key = {
  kind: { type: "variables" },
  default: {},
  example: { RAILS_ENV: "test" },
  purpose: "Environment variables that setup commands and agents get where you have not exported them",
};
