import type { Finished } from "../exec.ts";
import { type Pane, paneOwner } from "./panes.ts";
import { callTmux, saysNoServer, type TmuxServer, tmuxFailure } from "./server.ts";
import { firstPanes } from "./sessions.ts";

/** A pane of ours, in the session that was made for it or, `moved`, in one of the user's. */
export type OwnPane = Pick<Pane, "session" | "pane"> & { readonly moved?: boolean };

/** A session that stays without the pane of ours, since others opened panes in it. */
export interface StayingSession {
  /** The pane of ours that it had. */
  readonly pane: string;
  /** What it is called from now on: the name that it had may be wanted for another. */
  readonly name: string;
  readonly panes: number;
  /** How many of these are those of other agents, which somebody moved there. */
  readonly agents: number;
}

/** How sessions end. */
export interface Ending {
  /** A client may be looking at one of them. */
  readonly watched: boolean;
  /** The options of ours that a session loses which stays. */
  readonly options?: readonly string[];
}

/**
 * Ends sessions with the panes of ours in them; fine where one is gone. Where somebody opened panes or windows beside ours since the session
 * began, only ours ends, and the session stays under another name, no longer ours: those are returned. tmux decides which it is, in the
 * moment in which it does so. Of a session that a pane of ours was moved to, only that pane ends. Throws FleetError `failed` with tmux's words.
 */
export async function endSessions(
  server: TmuxServer,
  owned: readonly OwnPane[],
  { watched, options = [] }: Ending,
): Promise<StayingSession[]> {
  if (watched) await moveClientsAway(server, owned);
  const results = await callEach(
    server,
    owned.map((own) => (own.moved === true ? ["kill-pane", "-t", own.pane] : endingIfAlone(own))),
  );
  const said = new Set(results.flatMap(({ stdout }) => stdout.split("\n")));
  const shared = owned.filter(({ pane }) => said.has(`shared ${pane}`));
  const left = await callEach(
    server,
    shared.map((own) => leaving(own, options)),
  );
  return left.flatMap(({ stdout }) => stdout.split("\n").flatMap(parseStaying));
}

/** One that had gone already ends the chain; all are then asked for one by one. */
async function callEach(server: TmuxServer, commands: readonly string[][]): Promise<Finished[]> {
  const results = await callTmux(server, commands);
  if (results.every(({ exitCode }) => exitCode === 0)) return results;
  const each = [...results];
  for (const command of commands) {
    const [result] = await callTmux(server, [command]);
    if (result === undefined) continue;
    if (!isDoneOrGone(result)) throw tmuxFailure(server, result);
    each.push(result);
  }
  return each;
}

function endingIfAlone(own: OwnPane): string[] {
  const isAlone = `#{&&:${isThere(own)},#{==:${strangersTo(own.pane)},}}`;
  const kill = `kill-session -t '${own.session}'`;
  // A window that the user has linked into a session of theirs as well would stay there, with a dead pane.
  const everywhere = `${kill} ; kill-pane -t ${own.pane}`;
  const ending = `if-shell -F -t '${own.session}:.${own.pane}' '#{window_linked}' { ${everywhere} } { ${kill} }`;
  // What is said is read as a format of time first, to which an id is one: %3 would be padded.
  const shared = `display-message -p -t '${own.session}:.${own.pane}' 'shared #{pane_id}'`;
  return [...inPlaceOf(own), isAlone, ending, shared];
}

function leaving(own: OwnPane, options: readonly string[]): string[] {
  const { session, pane } = own;
  const commands = [
    ...["@fleet_pane", firstPanes, ...options].map((name) => `set-option -u -t '${session}' ${name}`),
    `rename-session -t '${session}' '#{session_name}-left${session.slice(1)}'`,
    `display-message -p -t '${session}:.${pane}' 'stays|#{pane_id}|#{W:#{P:#{?${paneOwner},a,x}}}|#{session_name}'`,
    `set-option -w -u -t ${pane} remain-on-exit`,
    `kill-pane -t ${pane}`,
  ];
  return [...inPlaceOf(own), isThere(own), commands.join(" ; ")];
}

function inPlaceOf({ session, pane }: OwnPane): string[] {
  return ["if-shell", "-F", "-t", `${session}:.${pane}`];
}

/** Where a pane is gone, tmux looks at another of its session, or at none: what is not ours is not touched. */
function isThere({ pane }: OwnPane): string {
  return `#{==:#{pane_id},${pane}}`;
}

/** As a format: a character for each pane of a session that is neither this one nor came with the session. */
function strangersTo(pane: string): string {
  const isKnown = `#{m:* #{pane_id} *, ${pane} #{${firstPanes}}}`;
  return `#{W:#{P:#{?${isKnown},,x}}}`;
}

function parseStaying(line: string): StayingSession[] {
  const [, pane = "", panes = "", name = ""] = /^stays\|(%\d+)\|([ax]*)\|(.*)$/.exec(line) ?? [];
  if (pane === "") return [];
  // Our own is not counted, whose it is may not be noted on it.
  const others = Math.min(panes.split("a").length - 2, panes.length - 1);
  return [{ pane, name, panes: panes.length - 1, agents: Math.max(0, others) }];
}

/** Clients that look at a session that ends go to one that stays, if there is one: ending an agent must not throw its user out of tmux. */
async function moveClientsAway(server: TmuxServer, owned: readonly OwnPane[]): Promise<void> {
  const own = new Set(owned.map(({ session }) => session));
  const format = `#{session_id} ${strangersTo("#{@fleet_pane}")}`;
  const sessions = (await listLines(server, ["list-sessions", "-F", format])).map((line) => line.split(" "));
  const ends = new Set(sessions.flatMap(([id = "", strangers]) => (own.has(id) && strangers === "" ? [id] : [])));
  const staying = sessions.find(([id = ""]) => !ends.has(id))?.[0];
  if (staying === undefined) return;
  const clients = await listLines(server, ["list-clients", "-F", "#{session_id} #{client_name}"]);
  for (const [session = "", client = ""] of clients.map((line) => line.split(" "))) {
    if (ends.has(session)) await callTmux(server, [["switch-client", "-c", client, "-t", staying]]);
  }
}

async function listLines(server: TmuxServer, command: readonly string[]): Promise<string[]> {
  const [result] = await callTmux(server, [command]);
  return result?.exitCode === 0 ? result.stdout.split("\n").filter(Boolean) : [];
}

function isDoneOrGone(result: Finished): boolean {
  return result.exitCode === 0 || saysNoServer(result) || /can't find|no such session/.test(result.stderr);
}
