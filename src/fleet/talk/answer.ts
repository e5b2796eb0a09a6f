import type { AgentAdapter } from "../../agents/adapter.ts";
import { findAgent } from "../../agents/catalog.ts";
import type { Question } from "../../agents/choices.ts";
import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { readTextIfExists, removeTree, writePrivateFile } from "../../system/files.ts";
import { shellWord } from "../../system/shell.ts";
import { captureStyledPane } from "../../system/tmux/panes.ts";
import type { TmuxServer } from "../../system/tmux/server.ts";
import { paste, pressKeys } from "../../system/tmux/typing.ts";
import { type Fleet, serverAt, statePlaces } from "../fleet.ts";
import { observeAgent } from "../watch/observe.ts";
import { saidOf } from "../watch/status.ts";
import { holdingKeyboard, pauseBeforeEnterMilliseconds } from "./keyboard.ts";
import { ignoredMilliseconds, takeChoice } from "./menu.ts";

/** An answer that an agent has taken. */
export interface Answered {
  readonly question: Question;
  /** The choice as it was worded, or the text. */
  readonly answer: string;
}

/** How long an agent may take to go on after an answer. */
const patienceMilliseconds = 5000;
const pauseMilliseconds = 50;
/** An agent says that it asks a moment before the question is on its screen. */
const drawingMilliseconds = 1000;

/** The question that an agent asks. It is remembered as shown: only that one is answered. Throws FleetError `failed` when it asks nothing. */
export async function showQuestion(fleet: Fleet, entry: AgentEntry): Promise<Question> {
  const { question } = await openQuestion(fleet, entry);
  writePrivateFile(agentFiles(statePlaces(fleet), entry.id).shownQuestion, JSON.stringify(question));
  return question;
}

/**
 * Answers the question of an agent: by the number of a choice, by its words or the beginning of them, or with any text where it offers
 * no choices. Returns when the agent has gone on. Throws FleetError `failed` when another question than the one that was shown last is
 * open, or when it still asks afterwards, and `usage` for what is no choice.
 */
export async function answerQuestion(fleet: Fleet, entry: AgentEntry, reply: string): Promise<Answered> {
  return holdingKeyboard(fleet, entry, async () => {
    const { shownQuestion } = agentFiles(statePlaces(fleet), entry.id);
    const open = await openQuestion(fleet, entry);
    const { question, server, pane } = open;
    const shown = readTextIfExists(shownQuestion);
    if (shown !== undefined && shown !== JSON.stringify(question)) throw anotherQuestion(entry);
    const index = question.choices.length === 0 ? -1 : choiceIndex(entry, question, reply);
    const choose = () => takeChoice(server, pane, index);
    if (index < 0) await typeAnswer(server, pane, entry, reply);
    else if (!(await choose())) throw outOfReach(entry, index);
    await untilAnswered(fleet, entry, open, index < 0 ? undefined : choose);
    removeTree(shownQuestion);
    return { question, answer: question.choices[index] ?? reply };
  });
}

interface OpenQuestion {
  readonly question: Question;
  /** Since when the agent asks, where it tells: the same moment is the same question. */
  readonly since: Date | undefined;
  readonly server: TmuxServer;
  readonly pane: string;
}

async function openQuestion(fleet: Fleet, entry: AgentEntry): Promise<OpenQuestion> {
  const { status, pane } = await observeAgent(fleet, entry);
  if (status.word !== "waiting" || pane === undefined) {
    throw new FleetError("failed", `${entry.branch} asks nothing: it ${saidOf(status.word)}`, {
      hint: `to see what it does, run fleet logs ${shellWord(entry.branch)}`,
    });
  }
  const server = serverAt(fleet, entry.socket);
  const adapter = findAgent(entry.agent, fleet.settings.config.agents);
  const deadline = performance.now() + drawingMilliseconds;
  do {
    const question = await readQuestion(server, pane.pane, adapter);
    if (question !== undefined) return { question, since: status.since, server, pane: pane.pane };
    await Bun.sleep(pauseMilliseconds);
  } while (performance.now() < deadline);
  throw new FleetError("failed", `the question of ${entry.branch} cannot be read from its screen`, {
    hint: `to answer it there, run fleet attach ${shellWord(entry.branch)}`,
  });
}

async function readQuestion(
  server: TmuxServer,
  pane: string,
  adapter: AgentAdapter | undefined,
): Promise<Question | undefined> {
  return adapter?.question?.(await captureStyledPane(server, pane));
}

/** A number, exactly the words of a choice, or the beginning of one alone. */
function choiceIndex(entry: AgentEntry, { choices }: Question, reply: string): number {
  const wanted = reply.trim().toLowerCase();
  const words = choices.map((choice) => choice.toLowerCase());
  const exact = /^\d+$/.test(wanted) ? Number(wanted) - 1 : words.indexOf(wanted);
  if (choices[exact] !== undefined) return exact;
  const begun = words.flatMap((choice, index) => (choice.startsWith(wanted) ? [index] : []));
  if (wanted !== "" && begun.length === 1 && begun[0] !== undefined) return begun[0];
  throw new FleetError("usage", `${JSON.stringify(reply)} is ${begun.length > 1 ? "not one" : "none"} of the choices`, {
    output: choices.map((choice, index) => `${index + 1}  ${choice}`).join("\n"),
    hint: `to choose the first, run fleet answer ${shellWord(entry.branch)} 1`,
  });
}

async function typeAnswer(server: TmuxServer, pane: string, { id }: AgentEntry, text: string): Promise<void> {
  await paste(server, pane, `fleet-${id}`, text);
  await Bun.sleep(pauseBeforeEnterMilliseconds);
  await pressKeys(server, pane, ["Enter"]);
}

/**
 * It has gone on when it asks no more, or something else. Claude Code ignores keys for a moment after it has drawn a question, so a
 * choice is given `again`, as long as it is certain that this is the same question.
 */
async function untilAnswered(
  fleet: Fleet,
  entry: AgentEntry,
  { question, since }: OpenQuestion,
  again: (() => Promise<boolean>) | undefined,
): Promise<void> {
  const adapter = findAgent(entry.agent, fleet.settings.config.agents);
  const deadline = performance.now() + patienceMilliseconds;
  let givenAt = performance.now();
  while (performance.now() < deadline) {
    const { status, pane } = await observeAgent(fleet, entry);
    if (status.word !== "waiting" || pane === undefined) return;
    const open = await readQuestion(serverAt(fleet, entry.socket), pane.pane, adapter);
    if (open !== undefined && JSON.stringify(open) !== JSON.stringify(question)) return;
    const isSame = open !== undefined && since !== undefined && status.since?.getTime() === since.getTime();
    if (isSame && performance.now() - givenAt > ignoredMilliseconds) {
      await again?.();
      givenAt = performance.now();
    }
    await Bun.sleep(pauseMilliseconds);
  }
  throw new FleetError("failed", `${entry.branch} still asks after the answer`, {
    hint: `to answer it there, run fleet attach ${shellWord(entry.branch)}`,
  });
}

function outOfReach({ branch }: AgentEntry, index: number): FleetError {
  return new FleetError("failed", `choice ${index + 1} of ${branch} could not be reached with the arrow keys`, {
    hint: `to choose it there, run fleet attach ${shellWord(branch)}`,
  });
}

function anotherQuestion({ branch }: AgentEntry): FleetError {
  return new FleetError("failed", `${branch} asks something else now than what was shown; nothing was answered`, {
    hint: `to see it, run fleet answer ${shellWord(branch)}`,
  });
}
