import type { Invocation } from "../commands/definition.ts";
import type { Manual } from "../commands/manual.ts";
import { understand } from "./argv.ts";
import { type CommandRow, type LeafRow, lastWord } from "./command-rows.ts";
import { commandTable } from "./commands.ts";
import { globalOptions, type Option, optionsOf } from "./options.ts";
import { resolve } from "./resolve.ts";
import { scan } from "./scan.ts";

/** What the program is run in. */
export interface World {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Fires at SIGINT and SIGTERM. */
  readonly cancelled: AbortSignal;
  /** Writes text to standard output. */
  writeAnswer(text: string): void;
}

/**
 * Runs the command that the words after `fleet` ask for and returns the exit code of what was done.
 * @throws {FleetError} what the user got wrong or what could not be done; anything else that is thrown is a bug
 */
export async function runCommandLine(words: readonly string[], world: World): Promise<number> {
  const request = resolve(words, commandTable);
  switch (request.kind) {
    case "overview":
      return runHome(world);
    case "version":
      world.writeAnswer(await versionText(request.json));
      return 0;
    case "help":
      world.writeAnswer(helpText(await loadManual(), request.row));
      return 0;
    case "command":
      return runCommand(request.row, request.words, world);
  }
}

/** What `fleet` alone does: what there is to see, or what there is to know. */
async function runHome(world: World): Promise<number> {
  const { isTerminal } = await import("../system/terminal.ts");
  if (isTerminal(1)) {
    const { homeCommand } = await import("../commands/home.ts");
    const words = await homeCommand(world.environment);
    const row = commandTable.list;
    if (words !== undefined && row !== undefined && "load" in row) return runCommand(row, words, world);
  }
  world.writeAnswer((await loadManual()).overview);
  return 0;
}

async function versionText(json: boolean): Promise<string> {
  if (json) {
    const { versionAsJson } = await import("../commands/version.ts");
    return `${JSON.stringify({ version: 1, ...(await versionAsJson()) }, null, 2)}\n`;
  }
  const { build, describeBuild } = await import("../system/build.ts");
  return `fleet ${describeBuild(build)}\n`;
}

async function runCommand(row: LeafRow, words: readonly string[], world: World): Promise<number> {
  const { help, definition } = (await row.load()).default;
  const { canonical, global, ...rest } = understand(words, help);
  if (global.help) {
    world.writeAnswer(helpText(await loadManual(), row));
    return 0;
  }
  await traceIfAsked(global.trace, world);
  const [citty, { createApplication }] = await Promise.all([import("citty"), import("../commands/application.ts")]);
  const { environment, cancelled } = world;
  const { json, directory } = global;
  const application = createApplication({ json, directory, environment, cancelled, manual: loadManual });
  const invocation: Invocation = { application, ...rest };
  const { result } = await citty.runCommand(definition, { rawArgs: [...canonical], data: invocation });
  return typeof result === "number" ? result : 0;
}

/** A trace of every program that is run, for who wants to see what a command does. */
async function traceIfAsked(asked: boolean, { environment }: World): Promise<void> {
  const where = asked ? "1" : (environment.AI_FLEET_TRACE ?? "");
  if (where === "" || where === "0") return;
  const { startTrace } = await import("../output/trace.ts");
  startTrace(where);
}

/**
 * Whether a failure of these words is to be reported as JSON: `--json` is among them as an option, not as the value of another
 * or after `--`. Never throws, for the words may be the very thing that failed.
 */
export async function wantsJson(words: readonly string[]): Promise<boolean> {
  const options = [...globalOptions, ...(await ownOptions(words))];
  return scan(words, options).some((token) => token.kind === "option" && token.option.name === "json");
}

async function ownOptions(words: readonly string[]): Promise<Option[]> {
  try {
    const request = resolve(words, commandTable);
    return request.kind === "command" ? optionsOf((await request.row.load()).default.help.args) : [];
  } catch {
    return [];
  }
}

async function loadManual(): Promise<Manual> {
  const prepared = await import("./prepared.ts");
  return prepared.loadManual();
}

/** A command that is in no list, such as `config set`, has the help of those that it stands among. */
function helpText(manual: Manual, row: CommandRow | undefined): string {
  if (row === undefined) return manual.commands;
  const family = row.name.slice(0, -lastWord(row).length).trimEnd();
  return manual.help[row.name] ?? manual.help[family] ?? manual.commands;
}
