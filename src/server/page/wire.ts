import type { AnswerAnswer, AnswerInput } from "../../model/wire/answer.ts";
import type { BudgetAnswer, BudgetInput } from "../../model/wire/budget.ts";
import type { CompareAnswer, CompareInput } from "../../model/wire/compare.ts";
import type { CostAnswer, CostInput } from "../../model/wire/cost.ts";
import type { CreateAnswer, CreateInput } from "../../model/wire/create.ts";
import type { DiffAnswer, DiffInput } from "../../model/wire/diff.ts";
import type { FanoutInput } from "../../model/wire/fanout.ts";
import type { InterruptAnswer } from "../../model/wire/interrupt.ts";
import type { KillAnswer, KillInput } from "../../model/wire/kill.ts";
import type { ListAnswer } from "../../model/wire/list.ts";
import type { LogsAnswer, LogsInput } from "../../model/wire/logs.ts";
import type { MergeAnswer, MergeInput } from "../../model/wire/merge.ts";
import type { OverlapAnswer, OverlapInput } from "../../model/wire/overlap.ts";
import type { PickAnswer, PickInput } from "../../model/wire/pick.ts";
import type { PrAnswer, PrInput } from "../../model/wire/pr.ts";
import type { PromptAnswer, PromptInput } from "../../model/wire/prompt.ts";
import type { QuestionAnswer, QuestionInput } from "../../model/wire/question.ts";
import type { RestorableAnswer, RestorableInput } from "../../model/wire/restorable.ts";
import type { RestoreAnswer, RestoreInput } from "../../model/wire/restore.ts";
import type { ResumeAnswer, ResumeInput } from "../../model/wire/resume.ts";
import type { Failure, TargetsInput } from "../../model/wire/shared.ts";
import type { StopAnswer } from "../../model/wire/stop.ts";
import type { TestAnswer, TestInput } from "../../model/wire/test.ts";
import type { TicketAnswer, TicketInput } from "../../model/wire/ticket.ts";
import type { TicketSyncAnswer, TicketSyncInput } from "../../model/wire/ticket-sync.ts";
import type { TicketsAnswer } from "../../model/wire/tickets.ts";
import type { UndoMergeAnswer, UndoMergeInput } from "../../model/wire/undo-merge.ts";

/** An agent as `list` tells of it. */
export type Agent = ListAnswer["agents"][number];

/** The end of what an agent has said, or shown where it keeps no record that can be read. */
export type Log = LogsAnswer["agents"][number];

/** A piece of what was said and done. */
export type Part = NonNullable<Log["conversation"]>[number];

/** What an agent has changed. */
export type AgentDiff = DiffAnswer["agents"][number];

/** A row of the server: what goes in, of which what has a default may be left out, and what comes back. */
interface Row<Input, Answer> {
  readonly input: Partial<Input>;
  readonly answer: Answer;
}

/** The rows that this page calls. */
export interface Rows {
  readonly question: Row<QuestionInput, QuestionAnswer>;
  readonly answer: Row<AnswerInput, AnswerAnswer>;
  readonly prompt: Row<PromptInput, PromptAnswer>;
  readonly interrupt: Row<TargetsInput, InterruptAnswer>;
  readonly stop: Row<TargetsInput, StopAnswer>;
  readonly resume: Row<ResumeInput, ResumeAnswer>;
  readonly kill: Row<KillInput, KillAnswer>;
  readonly restore: Row<RestoreInput, RestoreAnswer>;
  readonly restorable: Row<RestorableInput, RestorableAnswer>;
  readonly logs: Row<LogsInput, LogsAnswer>;
  readonly diff: Row<DiffInput, DiffAnswer>;
  readonly create: { readonly input: NewAgents; readonly answer: CreateAnswer };
  readonly fanout: Row<FanoutInput, CreateAnswer>;
  readonly test: Row<TestInput, TestAnswer>;
  readonly compare: Row<CompareInput, CompareAnswer>;
  readonly overlap: Row<OverlapInput, OverlapAnswer>;
  readonly merge: Row<MergeInput, MergeAnswer>;
  readonly undo_merge: Row<UndoMergeInput, UndoMergeAnswer>;
  readonly pick: Row<PickInput, PickAnswer>;
  readonly pr: Row<PrInput, PrAnswer>;
  readonly cost: Row<CostInput, CostAnswer>;
  readonly budget: Row<BudgetInput, BudgetAnswer>;
  readonly tickets: Row<object, TicketsAnswer>;
  readonly ticket: Row<TicketInput, TicketAnswer>;
  readonly ticket_sync: Row<TicketSyncInput, TicketSyncAnswer>;
}

export type RowName = keyof Rows;

/** What is asked for when agents are made. */
export interface NewAgents {
  readonly agents: readonly NewAgent[];
  readonly host?: string;
}

export type NewAgent = Pick<CreateInput["agents"][number], "branch"> & Partial<CreateInput["agents"][number]>;

/** What became of an agent, in the words of whichever row. */
export interface Outcome {
  readonly branch: string;
  readonly outcome?: string;
  readonly reason?: string | null;
  readonly merge?: MergeAnswer["agents"][number]["merge"];
  readonly undone?: UndoMergeAnswer["agents"][number]["undone"];
  readonly test?: Pick<TestAnswer["agents"][number]["test"], "outcome" | "seconds" | "known">;
  readonly running?: boolean;
  readonly pull_request?: PrAnswer["agents"][number]["pull_request"];
}

/** What most rows answer: what became of each agent, and why of some nothing did. */
export interface Outcomes {
  readonly winner?: Outcome;
  readonly agents?: readonly Outcome[];
  /** Those that were there before. */
  readonly present?: readonly Outcome[];
  /** The tickets that were written to. */
  readonly written?: readonly { readonly ticket: string; readonly agents: readonly string[] }[];
  readonly failures?: readonly (Failure | FailedTicket)[];
  readonly not_tried?: readonly string[];
}

/** Why a ticket was not written to. */
type FailedTicket = TicketSyncAnswer["failures"][number];

/** One attempt of several, as a comparison sees it. */
export type Attempt = CompareAnswer["agents"][number];

/** A ticket, and who works on it. */
export type Ticket = TicketsAnswer["tickets"][number];

/** How the work of the agents of one repository goes together. */
export type Overlap = OverlapAnswer["repositories"][number];

/** Two agents that have changed the same files. */
export type OverlapPair = Overlap["pairs"][number];

/** A step, a note or a warning on the way of a long operation. */
export interface Progress {
  readonly kind: string;
  readonly [key: string]: unknown;
}
