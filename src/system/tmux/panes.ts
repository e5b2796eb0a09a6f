import { callTmux, requireTmux, saysNoServer, type TmuxServer, tmuxFailure } from "./server.ts";
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
  /** What the program set as its terminal title. */
  readonly title: string;
}

/** Numbers and ids first, free text last: names and titles may hold the separator. */
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
  "session_name",
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

/** How a text is typed: as keys, or pasted, which programs that care can tell. */
export interface Typed {
  readonly text: string;
  readonly paste: boolean;
}

/** Keys that terminals send in one of two ways, by what the program in the pane has asked for: tmux knows. */
const namedKeys: Readonly<Record<string, string>> = {
  "\u001b[A": "Up",
  "\u001b[B": "Down",
  "\u001b[C": "Right",
  "\u001b[D": "Left",
  "\u001b[H": "Home",
  "\u001b[F": "End",
};

/**
 * Types text into the pane of an agent, byte for byte, if it is still its pane and its program runs; whether it did. The question is asked
 * inside of the server, where nothing happens in between.
 */
export async function typeInto(
  server: TmuxServer,
  { pane, agentId, agentPane }: Pick<Pane, "pane" | "agentId" | "agentPane">,
  { text, paste: asPaste }: Typed,
): Promise<boolean> {
  const key = asPaste ? undefined : namedKeys[text];
  const buffer = `fleet-typed-${crypto.randomUUID()}`;
  const press =
    key === undefined
      ? `paste-buffer -d -r ${asPaste ? "-p " : ""}-b ${buffer} -t ${pane}`
      : `send-keys -t ${pane} ${key}`;
  const isOurs = `#{&&:#{==:#{@fleet_id},${agentId}},#{&&:#{==:#{@fleet_pane},${agentPane}},#{?pane_dead,0,1}}}`;
  const commands = [
    leaveMode(pane),
    ...(key === undefined ? [["load-buffer", "-b", buffer, "-"]] : []),
    ["if-shell", "-F", "-t", pane, isOurs, `display-message -p typed ; ${press}`, `display-message -p refused`],
  ];
  const result = await callTmux(server, commands, key === undefined ? text : undefined);
  const typed =
    result.every(({ exitCode }) => exitCode === 0) && result.some(({ stdout }) => stdout.startsWith("typed"));
  if (!typed && key === undefined) await callTmux(server, [["delete-buffer", "-b", buffer]]);
  return typed;
}

/** The screen of a pane with its styles, as SGR sequences. */
export async function captureStyledPane(server: TmuxServer, pane: string): Promise<string> {
  return requireTmux(server, [["capture-pane", "-p", "-e", "-t", pane]]);
}

/** The texts of several panes in one call, by pane, each as of `capturePane`. */
export async function capturePanes(
  server: TmuxServer,
  panes: readonly string[],
  lines: number,
): Promise<Map<string, string>> {
  const mark = `end-of-pane-${crypto.randomUUID()}\n`;
  const commands = panes.flatMap((pane) => [capture(pane, lines), ["display-message", "-p", mark.trimEnd()]]);
  const results = await callTmux(server, commands);
  if (results.some(({ exitCode }) => exitCode !== 0)) return captureEach(server, panes, lines);
  const printed = results.map(({ stdout }) => stdout).join("");
  const texts = printed.split(mark).slice(0, panes.length);
  return new Map(texts.map((text, index) => [panes[index] ?? "", withoutBlankEnds(text)]));
}

/** A pane that has gone in the meantime ends a chain of commands, and is left out. */
async function captureEach(server: TmuxServer, panes: readonly string[], lines: number): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const pane of panes) {
    const [result] = await callTmux(server, [capture(pane, lines)]);
    if (result?.exitCode === 0) texts.set(pane, withoutBlankEnds(result.stdout));
  }
  return texts;
}

function capture(pane: string, lines: number): string[] {
  return ["capture-pane", "-p", "-J", "-S", `-${lines}`, "-t", pane];
}

function withoutBlankEnds(text: string): string {
  return text.replace(/[ \t]+$/gm, "").replace(/\n+$/, "\n");
}

/** What became of a paste. */
export type PasteResult = "pasted" | "dead";

/**
 * Pastes text into a pane as one bracketed paste, without submitting it. Whether the pane still lives is asked inside the server,
 * because tmux 3.3 servers were seen to end with all their sessions. The buffer is named after its user: the
 * unnamed one is shared with everybody.
 */
export async function paste(server: TmuxServer, pane: string, buffer: string, text: string): Promise<PasteResult> {
  const guarded = [
    "if-shell",
    "-F",
    "-t",
    pane,
    "#{pane_dead}",
    `display-message -p dead ; delete-buffer -b ${buffer}`,
  ];
  const commands = [
    leaveMode(pane),
    ["load-buffer", "-b", buffer, "-"],
    [...guarded, `paste-buffer -d -p -b ${buffer} -t ${pane}`],
  ];
  try {
    const printed = await requireTmux(server, commands, text);
    return printed.trim() === "dead" ? "dead" : "pasted";
  } catch (error) {
    await callTmux(server, [["delete-buffer", "-b", buffer]]);
    throw error;
  }
}

/** Presses keys by their tmux names (`Enter`, `Escape`, `C-u`). */
export async function pressKeys(server: TmuxServer, pane: string, keys: readonly string[]): Promise<void> {
  await requireTmux(server, [leaveMode(pane), ["send-keys", "-t", pane, ...keys]]);
}

/** While a user has scrolled back or chooses from a list, keys are theirs, and a paste is not marked as one. `-q` ends any mode. */
function leaveMode(pane: string): string[] {
  return ["if-shell", "-F", "-t", pane, "#{pane_in_mode}", `copy-mode -q -t ${pane}`];
}
