import type { Question } from "../agents/choices.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { answerQuestion, showQuestion } from "../fleet/talk/answer.ts";
import type { AnswerAnswer, AnswerInput } from "../model/wire/answer.ts";
import type { QuestionAnswer, QuestionInput } from "../model/wire/question.ts";
import { chooseAgent } from "./targets.ts";

/** Says what an agent asks. Only that question can be answered then. Throws FleetError when no one agent is meant, or it asks nothing. */
export async function question(fleet: Fleet, { target }: QuestionInput): Promise<QuestionAnswer> {
  const entry = await chooseAgent(fleet, target, { reachesOut: false });
  return { agents: [{ ...entry, question: shown(await showQuestion(fleet, entry)) }] };
}

/** Answers what an agent asks. Throws FleetError when no one agent is meant, it asks nothing or something else, or the choice is none. */
export async function answer(fleet: Fleet, { target, choice }: AnswerInput): Promise<AnswerAnswer> {
  const entry = await chooseAgent(fleet, target, { reachesOut: false });
  const given = await answerQuestion(fleet, entry, choice);
  return { agents: [{ ...entry, question: shown(given.question), answer: given.answer }] };
}

function shown({ choices, ...rest }: Question) {
  return { ...rest, choices: [...choices] };
}
