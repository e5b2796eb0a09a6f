import type { FleetError } from "../../errors.ts";
import type { Pane } from "./panes.ts";
import { callTmux, saysNoServer, type TmuxCommand, type TmuxServer, tmuxFailure } from "./server.ts";

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

/** What became of a paste. */
export type PasteResult = "pasted" | "dead";

/**
 * Pastes text into a pane as one bracketed paste, without submitting it. Whether the pane still lives is asked inside the server,
 * because tmux 3.3 servers were seen to end with all their sessions. The buffer is named after its user: the
 * unnamed one is shared with everybody.
 */
export async function paste(server: TmuxServer, pane: string, buffer: string, text: string): Promise<PasteResult> {
  return only(pane, await pasteInEach(server, [pane], buffer, text));
}

/** Pastes text into several panes in one call of tmux: what became of it by pane, an error for those that it failed for. */
export async function pasteInEach(
  server: TmuxServer,
  panes: readonly string[],
  buffer: string,
  text: string,
): Promise<Map<string, PasteResult | FleetError>> {
  const outcomes = await inEach<PasteResult>(server, panes, {
    input: text,
    first: [["load-buffer", "-b", buffer, "-"]],
    commands: (pane, say) => [
      leaveMode(pane),
      [
        ...["if-shell", "-F", "-t", pane, "#{pane_dead}", say("dead").join(" ")],
        `paste-buffer -p -b ${buffer} -t ${pane} ; ${say("pasted").join(" ")}`,
      ],
    ],
    last: [["delete-buffer", "-b", buffer]],
  });
  const hasFailed = [...outcomes.values()].some((outcome) => outcome instanceof Error);
  if (hasFailed) await callTmux(server, [["delete-buffer", "-b", buffer]]);
  return outcomes;
}

/** Presses keys by their tmux names (`Enter`, `Escape`, `C-u`). */
export async function pressKeys(server: TmuxServer, pane: string, keys: readonly string[]): Promise<void> {
  only(pane, await pressKeysInEach(server, [pane], keys));
}

/** Presses keys in several panes in one call of tmux: by pane, an error for those that it failed for. */
export async function pressKeysInEach(
  server: TmuxServer,
  panes: readonly string[],
  keys: readonly string[],
): Promise<Map<string, "pressed" | FleetError>> {
  return inEach<"pressed">(server, panes, {
    commands: (pane, say) => [leaveMode(pane), ["send-keys", "-t", pane, ...keys], say("pressed")],
  });
}

/** What is to be done in several panes by one chain of commands. */
interface Chain<Word extends string> {
  readonly input?: string;
  readonly first?: readonly TmuxCommand[];
  /** What is done in a pane. When it has been, it says so by the command that `say` makes of the word for it. */
  readonly commands: (pane: string, say: (word: Word) => TmuxCommand) => readonly TmuxCommand[];
  readonly last?: readonly TmuxCommand[];
}

/**
 * Does something in each pane once and never twice: a pane that has gone ends a chain, which is taken up behind it. By pane, the word for
 * what was done, or the error.
 */
async function inEach<Word extends string>(
  server: TmuxServer,
  panes: readonly string[],
  { input, first = [], commands, last = [] }: Chain<Word>,
): Promise<Map<string, Word | FleetError>> {
  const outcomes = new Map<string, Word | FleetError>();
  for (let left = panes; left.length > 0; left = panes.filter((pane) => !outcomes.has(pane))) {
    const asked = left.flatMap((pane, index) =>
      commands(pane, (word) => ["display-message", "-p", `${word}-${index}`]),
    );
    const results = await callTmux(server, [...first, ...asked, ...last], input);
    const printed = results.map(({ stdout }) => stdout).join("");
    for (const [, word, index] of printed.matchAll(/^(\w+)-(\d+)$/gm))
      outcomes.set(left[Number(index)] ?? "", word as Word);
    const missing = left.filter((pane) => !outcomes.has(pane));
    const result = results.at(-1);
    if (result === undefined) break;
    // A server that does not answer may do later what it was asked for, and one that names no failure has done it.
    const isOver = result.timedOut || result.exitCode === 0 || saysNoServer(result);
    const given = isOver ? missing : missing.slice(0, 1);
    for (const pane of given) outcomes.set(pane, tmuxFailure(server, result));
  }
  return outcomes;
}

/** What became of the only pane. Throws what failed. */
function only<Word>(pane: string, outcomes: ReadonlyMap<string, Word | FleetError>): Word {
  const outcome = outcomes.get(pane);
  if (outcome === undefined || outcome instanceof Error) throw outcome;
  return outcome;
}

/** While a user has scrolled back or chooses from a list, keys are theirs, and a paste is not marked as one. `-q` ends any mode. */
function leaveMode(pane: string): string[] {
  return ["if-shell", "-F", "-t", pane, "#{pane_in_mode}", `copy-mode -q -t ${pane}`];
}
