import { rmSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../errors.ts";
import { configuredServer, type Fleet } from "../fleet/fleet.ts";
import type { Environment } from "../system/environment.ts";
import { writePrivateFile } from "../system/files.ts";
import { poll } from "../system/poll.ts";
import { isRunning } from "../system/processes/identity.ts";
import { signalProcess } from "../system/processes/tree.ts";
import { shellWord } from "../system/shell.ts";
import { endSessions } from "../system/tmux/end-sessions.ts";
import { callTmux, type TmuxServer, tmuxFailure } from "../system/tmux/server.ts";
import { createSessions } from "../system/tmux/sessions.ts";
import { type RunningServer, runningServers } from "./running.ts";

/** Names, in the environment of a server, the session that it runs in. */
export const sessionVariable = "AI_FLEET_SERVE_SESSION";

const startMilliseconds = 15_000;
const stopMilliseconds = 5000;
const mark = "@fleet_serve";

/**
 * Starts `fleet serve` with these words in a tmux session of its own, and waits until it listens. Throws FleetError `failed`, with what it
 * said, when it does not.
 */
export async function startDetached(fleet: Fleet, folder: string, words: readonly string[]): Promise<RunningServer> {
  const tmux = configuredServer(fleet);
  await clearEnded(tmux);
  const name = `fleet-serve-${crypto.randomUUID().slice(0, 8)}`;
  const environment = keepEnvironment(folder, { ...fleet.environment, [sessionVariable]: name });
  const { created, failure } = await createSessions(tmux, [
    {
      name,
      directory: fleet.directory,
      argv: [...throughFile(environment), fleet.program, "serve", ...words],
      window: "fleet serve",
      options: { [mark]: name },
    },
  ]);
  const [session] = created;
  if (session === undefined) throw failure === undefined ? new Error("no session") : tmuxFailure(tmux, failure);
  const deadline = performance.now() + startMilliseconds;
  const server = await poll({ every: 50, deadline, cancelled: fleet.cancelled }, async () => {
    const found = (await runningServers(folder)).find((each) => each.session === name);
    return found ?? ((await isDead(tmux, session.pane)) ? "dead" : undefined);
  });
  rmSync(environment, { force: true });
  if (server !== undefined && server !== "dead") {
    // Until here its last words were kept; from now on its session ends with it.
    await callTmux(tmux, [["set-option", "-w", "-t", session.pane, "remain-on-exit", "off"]]);
    return server;
  }
  const output = await saidBy(tmux, session.pane);
  await endSessions(tmux, [session], { watched: false, options: [mark] });
  throw new FleetError("failed", "fleet serve has not started", {
    code: "not-started",
    output,
    hint: "to see it start, run fleet serve without --detach",
  });
}

/** Ends the servers that run in sessions of ours; those that do not end are named. Throws FleetError `failed` for these. */
export async function stopDetached(fleet: Fleet, folder: string): Promise<RunningServer[]> {
  const tmux = configuredServer(fleet);
  const servers = (await runningServers(folder)).filter(({ session }) => session !== null);
  for (const { process } of servers) signalProcess(process, "SIGTERM");
  const deadline = performance.now() + stopMilliseconds;
  const left = async () => {
    const running = await Promise.all(servers.map(({ process }) => isRunning(process)));
    return running.includes(true) ? undefined : true;
  };
  const ended = await poll({ every: 50, deadline, cancelled: fleet.cancelled }, left);
  await clearEnded(tmux);
  if (ended === true) return servers;
  throw new FleetError("failed", "a server has not ended", {
    code: "not-ended",
    hint: "to see which run, run fleet serve --list",
  });
}

/** Sessions of servers that have ended. */
async function clearEnded(tmux: TmuxServer): Promise<void> {
  const [result] = await callTmux(tmux, [
    ["list-panes", "-a", "-F", `#{pane_dead} #{session_id} #{pane_id} #{${mark}}`],
  ]);
  const dead = (result?.stdout ?? "").split("\n").flatMap((line) => {
    const [, session, pane] = /^1 (\$\d+) (%\d+) fleet-serve-/.exec(line) ?? [];
    return session === undefined || pane === undefined ? [] : [{ session, pane }];
  });
  if (dead.length > 0) await endSessions(tmux, dead, { watched: true, options: [mark] });
}

async function isDead(tmux: TmuxServer, pane: string): Promise<boolean> {
  const [result] = await callTmux(tmux, [["display-message", "-p", "-t", pane, "#{pane_dead}"]]);
  return result?.stdout.trim() !== "0";
}

async function saidBy(tmux: TmuxServer, pane: string): Promise<string> {
  const [result] = await callTmux(tmux, [["capture-pane", "-p", "-J", "-S", "-", "-t", pane]]);
  const lines = result?.stdout.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("Pane is dead"));
  return lines?.join("\n") ?? "";
}

/** What `fleet serve` is started with, in a file for the user alone: an argument could be read by everybody. */
function keepEnvironment(folder: string, environment: Environment): string {
  const path = join(folder, `start-${crypto.randomUUID()}`);
  const lines = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? [`export ${name}=${shellWord(value)}\n`] : [],
  );
  writePrivateFile(path, lines.join(""));
  return path;
}

/** Runs the words that follow with the environment of a file, which goes. */
function throughFile(path: string): string[] {
  return ["/usr/bin/env", "-i", "/bin/sh", "-c", '. "$1"; rm -f -- "$1"; shift; exec "$@"', "fleet-serve", path];
}
