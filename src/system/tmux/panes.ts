import { callTmux, requireTmux, saysNoServer, type TmuxCommand, type TmuxServer, tmuxFailure } from "./server.ts";
import { standaloneLines } from "./styled-lines.ts";

/** One pane of a server, as one `list-panes -a` shows it. */
export interface Pane {
  readonly session: string;
  readonly sessionName: string;
  readonly pane: string;
  readonly pid: number;
  /** The program has ended and `remain-on-exit` keeps its last screen. */
  readonly dead: boolean;
  readonly exitCode: number | undefined;
  readonly exitSignal: number | undefined;
  readonly attached: boolean;
  /** The program draws on the alternate screen, which has no history. */
  readonly alternateScreen: boolean;
  /** What was looked for stands on its screen. */
  readonly marked: boolean;
  /** Our options on the session; empty on sessions that are not ours. */
  readonly agentId: string;
  readonly agentPane: string;
  /** Our option on the pane itself, which goes with it wherever the user moves it: whose it is. */
  readonly ownerId: string;
  /** What the program set as its terminal title. */
  readonly title: string;
}

/** Whether a pane is that of this agent itself, and none that was opened beside it in its session. */
export function isAgentPane({ agentId, agentPane, ownerId, pane }: Pane, id: string): boolean {
  return pane === agentPane ? agentId === id : ownerId === id;
}

/**
 * The panes of agents by the ids of these: those in the sessions that were made for them, and of an agent without one the pane that the user
 * moved elsewhere. Where such a pane has ended it is of nobody any more.
 */
export function panesByAgent(panes: readonly Pane[]): Map<string, Pane> {
  const moved = panes.filter((pane) => isMovedPane(pane) && !pane.dead).map((pane) => [pane.ownerId, pane] as const);
  const inPlace = panes.filter(({ pane, agentPane }) => pane === agentPane);
  return new Map([...moved, ...inPlace.map((pane) => [pane.agentId, pane] as const)]);
}

/** Whether the user has moved the pane of an agent out of the session that was made for it: that is the user's then. */
export function isMovedPane({ ownerId, pane, agentPane }: Pick<Pane, "ownerId" | "pane" | "agentPane">): boolean {
  return ownerId !== "" && pane !== agentPane;
}

/** The option of a pane that says whose it is. */
export const paneOwner = "@fleet_owner";

/** Numbers and ids first, free text last: a title may hold the separator. */
const mark = "mark";
const fields = [
  "session_id",
  "pane_id",
  "pane_pid",
  "pane_dead",
  "pane_dead_status",
  "pane_dead_signal",
  "session_attached",
  "alternate_on",
  mark,
  "@fleet_id",
  "@fleet_pane",
  paneOwner,
  // The user may rename a session to anything; the title comes last, as it is.
  "s/[|]/ /:session_name",
  "pane_title",
];

/** How long a look is waited for: a server that takes longer hangs, and others are to be seen. */
const lookMilliseconds = 5000;

/**
 * All panes of a server; none when it does not run. `looksFor`, an extended regular expression without braces, is searched for on each
 * screen, which tmux does in a hundredth of a millisecond. Throws FleetError `failed` when tmux cannot tell.
 */
export async function listPanes(server: TmuxServer, looksFor = ""): Promise<Pane[]> {
  const search = looksFor === "" ? "" : `C/r:${looksFor}`;
  const format = fields.map((field) => `#{${field === mark ? search : field}}`).join("|");
  const patient = { patienceMilliseconds: lookMilliseconds, ...server };
  const [result] = await callTmux(patient, [["list-panes", "-a", "-F", format]]);
  if (result === undefined || saysNoServer(result)) return [];
  if (result.exitCode !== 0) throw tmuxFailure(patient, result);
  return result.stdout.split("\n").filter(Boolean).map(parsePane);
}

function parsePane(line: string): Pane {
  const [
    session = "",
    pane = "",
    pid,
    dead,
    status,
    signal,
    attached,
    alternate,
    marked = "",
    agentId = "",
    agentPane = "",
    ownerId = "",
    name = "",
    ...title
  ] = line.split("|");
  return {
    session,
    pane,
    pid: Number(pid),
    dead: dead === "1",
    exitCode: status ? Number(status) : undefined,
    exitSignal: signal ? Number(signal) : undefined,
    attached: attached !== "0",
    alternateScreen: alternate === "1",
    marked: Number(marked) > 0,
    agentId,
    agentPane,
    ownerId,
    sessionName: name,
    title: title.join("|"),
  };
}

/** The text of a pane: its screen and up to `lines` lines above it, without colours, blank lines at the end dropped. */
export async function capturePane(server: TmuxServer, pane: string, lines: number): Promise<string> {
  return withoutBlankEnds(await requireTmux(server, [capture(pane, lines)]));
}

/** What a pane shows at one moment. */
export interface Screen {
  /** Our option on its session: whose pane it is. */
  readonly agentId: string;
  readonly columns: number;
  readonly rows: number;
  readonly cursor: { readonly column: number; readonly row: number; readonly visible: boolean };
  readonly title: string;
  /** Each with its styles, and as wide as it is filled. */
  readonly lines: readonly string[];
}

const screenFields = ["pane_width", "pane_height", "cursor_x", "cursor_y", "cursor_flag", "@fleet_id", "pane_title"];
const screenFormat = screenFields.map((field) => `#{${field}}`).join("|");

/** What several panes of a server show, by pane; a pane that is gone is left out. One question for all, unless one is gone. */
export async function captureScreens(server: TmuxServer, panes: readonly string[]): Promise<Map<string, Screen>> {
  if (panes.length === 0) return new Map();
  const commands = panes.flatMap((pane) => [
    ["display-message", "-p", "-t", pane, screenFormat],
    ["capture-pane", "-p", "-e", "-t", pane],
  ]);
  const results = await callTmux(server, commands);
  if (results.every(({ exitCode }) => exitCode === 0)) {
    return parseScreens(panes, results.map(({ stdout }) => stdout).join(""));
  }
  if (panes.length === 1 || results.some(saysNoServer)) return new Map();
  const each = await Promise.all(panes.map((pane) => captureScreens(server, [pane])));
  return new Map(each.flatMap((screens) => [...screens]));
}

/** What is on a screen cannot be taken for the description of the next: each says how many lines follow it. */
function parseScreens(panes: readonly string[], text: string): Map<string, Screen> {
  const lines = text.split("\n");
  const screens = new Map<string, Screen>();
  let at = 0;
  for (const pane of panes) {
    const [columns, rows, x, y, flag, agentId = "", ...title] = (lines[at] ?? "").split("|");
    const end = at + 1 + Number(rows);
    if (!(end < lines.length)) break;
    screens.set(pane, {
      agentId,
      columns: Number(columns),
      rows: Number(rows),
      cursor: { column: Number(x), row: Number(y), visible: flag === "1" },
      title: title.join("|"),
      lines: standaloneLines(lines.slice(at + 1, end)),
    });
    at = end;
  }
  return screens;
}

/** The last lines of what has left the screen of a pane at its top, oldest first. Throws FleetError `failed` when it is gone. */
export async function captureScrollback(server: TmuxServer, pane: string, lines: number): Promise<string[]> {
  const text = await requireTmux(server, [["capture-pane", "-p", "-e", "-S", `-${lines}`, "-E", "-1", "-t", pane]]);
  return standaloneLines(text.split("\n").slice(0, -1));
}

/** The screen of a pane with its styles, as SGR sequences. */
export async function captureStyledPane(server: TmuxServer, pane: string): Promise<string> {
  return requireTmux(server, [captureStyled(pane)]);
}

/** The texts of several panes in one call, by pane, each as of `capturePane`; a pane that is gone is left out. */
export async function capturePanes(
  server: TmuxServer,
  panes: readonly string[],
  lines: number,
): Promise<Map<string, string>> {
  const texts = await captureEach(server, panes, (pane) => capture(pane, lines));
  return new Map([...texts].map(([pane, text]) => [pane, withoutBlankEnds(text)]));
}

/** The screens of several panes in one call, by pane, each as of `captureStyledPane`; a pane that is gone is left out. */
export async function captureStyledPanes(server: TmuxServer, panes: readonly string[]): Promise<Map<string, string>> {
  return captureEach(server, panes, captureStyled);
}

/** A pane that has gone in the meantime ends a chain of commands: the others are asked for one by one then. */
async function captureEach(
  server: TmuxServer,
  panes: readonly string[],
  captureOf: (pane: string) => TmuxCommand,
): Promise<Map<string, string>> {
  const mark = `end-of-pane-${crypto.randomUUID()}\n`;
  const commands = panes.flatMap((pane) => [captureOf(pane), ["display-message", "-p", mark.trimEnd()]]);
  const results = await callTmux(server, commands);
  const texts = new Map<string, string>();
  if (results.every(({ exitCode }) => exitCode === 0)) {
    const printed = results.map(({ stdout }) => stdout).join("");
    for (const [index, text] of printed.split(mark).slice(0, panes.length).entries())
      texts.set(panes[index] ?? "", text);
    return texts;
  }
  for (const pane of panes) {
    const [result] = await callTmux(server, [captureOf(pane)]);
    if (result?.exitCode === 0) texts.set(pane, result.stdout);
  }
  return texts;
}

function capture(pane: string, lines: number): TmuxCommand {
  return ["capture-pane", "-p", "-J", "-S", `-${lines}`, "-t", pane];
}

function captureStyled(pane: string): TmuxCommand {
  return ["capture-pane", "-p", "-e", "-t", pane];
}

function withoutBlankEnds(text: string): string {
  return text.replace(/[ \t]+$/gm, "").replace(/\n+$/, "\n");
}
