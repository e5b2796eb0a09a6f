import type { Question } from "../agents/choices.ts";
import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { answerQuestion, showQuestion } from "../fleet/talk/answer.ts";
import type { AnswerAnswer, AnswerInput } from "../model/wire/answer.ts";
import type { QuestionAnswer, QuestionInput } from "../model/wire/question.ts";
import type { AwayAgent } from "../state/away.ts";
import type { HostRow } from "./across/machine.ts";
import { gone, parted } from "./away.ts";
import { chooseAgent } from "./targets.ts";

/** Says what an agent asks. Only that question can be answered then. Throws FleetError when no one agent is meant, or it asks nothing. */
export async function question(fleet: Fleet, { target }: QuestionInput): Promise<QuestionAnswer> {
  const entry = await chooseAgent(fleet, target, { reachesOut: false, away: "known" });
  const { away } = parted(fleet, [entry]);
  if (away.length > 0) return askHost(fleet, away, questionRow, {});
  return { agents: [{ ...entry, question: shown(await showQuestion(fleet, entry)) }] };
}

/** Answers what an agent asks. Throws FleetError when no one agent is meant, it asks nothing or something else, or the choice is none. */
export async function answer(fleet: Fleet, { target, choice }: AnswerInput): Promise<AnswerAnswer> {
  const entry = await chooseAgent(fleet, target, { reachesOut: false, away: "known" });
  const { away } = parted(fleet, [entry]);
  if (away.length > 0) return askHost(fleet, away, answerRow, { choice });
  const given = await answerQuestion(fleet, entry, choice);
  return { agents: [{ ...entry, question: shown(given.question), answer: given.answer }] };
}

const questionRow = {
  name: "question",
  changes: false,
  names: "one",
  shapes: () => import("../model/wire/question.ts"),
} as const;
const answerRow = {
  name: "answer",
  changes: true,
  names: "one",
  shapes: () => import("../model/wire/answer.ts"),
} as const;

/** What its host answers about the one agent. Throws the FleetError that it answers, or that it cannot be reached. */
async function askHost<Answer>(
  fleet: Fleet,
  away: readonly AwayAgent[],
  row: HostRow<Answer>,
  input: object,
): Promise<Answer> {
  const { callHosts } = await import("./across/act.ts");
  const [first] = await callHosts(fleet, away, row, input);
  if (first?.answer !== undefined) return first.answer;
  throw first?.error ?? new FleetError("failed", gone);
}

function shown({ choices, ...rest }: Question) {
  return { ...rest, choices: [...choices] };
}
