import { type Operation, operation } from "./operation.ts";

/**
 * What others may call: `fleet api`, and whatever speaks for a fleet later. Commands call the same functions and print what they answer.
 *
 * To add an operation: its shapes in `model/wire/NAME.ts` (`input` and `answer`, and their types), what it does in `api/NAME.ts` (a
 * function of the fleet and the input that returns the answer, and prints nothing), and a row here. The help (`fleet help json`), the
 * schemas (`fleet api schema`) and the door follow from the row. Shapes load zod, so nothing but `shapes` may import them, types aside.
 */
export const operations = {
  list: operation({
    summary: "what each agent is doing",
    changes: false,
    shapes: () => import("../model/wire/list.ts"),
    load: async () => (await import("./list.ts")).list,
  }),
  wait: operation({
    summary: "wait until no agent can go on without the user; each change is an event",
    changes: false,
    waits: true,
    shapes: () => import("../model/wire/wait.ts"),
    load: async () => (await import("./wait.ts")).wait,
  }),
  logs: operation({
    summary: "what agents have said and done, or what their screens show",
    changes: false,
    shapes: () => import("../model/wire/logs.ts"),
    load: async () => (await import("./logs.ts")).logs,
  }),
  diff: operation({
    summary: "what agents have changed, unsaved work included, as a patch",
    changes: false,
    shapes: () => import("../model/wire/diff.ts"),
    load: async () => (await import("./diff.ts")).diff,
  }),
  create: operation({
    summary: "make agents, each on a branch and worktree of its own",
    changes: true,
    shapes: () => import("../model/wire/create.ts"),
    load: async () => (await import("./create.ts")).create,
  }),
  fanout: operation({
    summary: "give many agents the same prompt, on branches of one name",
    changes: true,
    shapes: () => import("../model/wire/fanout.ts"),
    load: async () => (await import("./fanout.ts")).fanout,
  }),
  ticket: operation({
    summary: "make agents for tickets of GitHub, Linear or Jira, one for each that has none",
    changes: true,
    shapes: () => import("../model/wire/ticket.ts"),
    load: async () => (await import("./ticket.ts")).ticket,
  }),
  tickets: operation({
    summary: "which tickets have agents, and which had some",
    changes: false,
    shapes: () => import("../model/wire/tickets.ts"),
    load: async () => (await import("./tickets.ts")).ticketOverview,
  }),
  ticket_sync: operation({
    summary: "write back to tickets what their agents are at",
    changes: true,
    shapes: () => import("../model/wire/ticket-sync.ts"),
    load: async () => (await import("./tickets.ts")).ticketSync,
  }),
  prompt: operation({
    summary: "send agents a message",
    changes: true,
    shapes: () => import("../model/wire/prompt.ts"),
    load: async () => (await import("./prompt.ts")).prompt,
  }),
  question: operation({
    summary: "show what an agent asks",
    changes: false,
    shapes: () => import("../model/wire/question.ts"),
    load: async () => (await import("./answer.ts")).question,
  }),
  answer: operation({
    summary: "answer what an agent asks, as it was shown",
    changes: true,
    shapes: () => import("../model/wire/answer.ts"),
    load: async () => (await import("./answer.ts")).answer,
  }),
  interrupt: operation({
    summary: "stop what agents are doing",
    changes: true,
    shapes: () => import("../model/wire/interrupt.ts"),
    load: async () => (await import("./interrupt.ts")).interrupt,
  }),
  stop: operation({
    summary: "end agents, keep worktrees and branches",
    changes: true,
    repeatable: true,
    shapes: () => import("../model/wire/stop.ts"),
    load: async () => (await import("./stop.ts")).stop,
  }),
  kill: operation({
    summary: "end agents and remove their worktrees, but never unsaved work",
    changes: true,
    shapes: () => import("../model/wire/kill.ts"),
    load: async () => (await import("./kill.ts")).kill,
  }),
  test: operation({
    summary: "run the tests of agents; how each ended is an event",
    changes: true,
    shapes: () => import("../model/wire/test.ts"),
    load: async () => (await import("./test.ts")).test,
  }),
  compare: operation({
    summary: "which attempt is best, by tests, conflicts and size",
    changes: false,
    shapes: () => import("../model/wire/compare.ts"),
    load: async () => (await import("./compare.ts")).compare,
  }),
  overlap: operation({
    summary: "which agents touch the same files, and which would conflict",
    changes: false,
    shapes: () => import("../model/wire/overlap.ts"),
    load: async () => (await import("./overlap.ts")).overlap,
  }),
  merge: operation({
    summary: "merge the work of agents, all of it or nothing",
    changes: true,
    waits: true,
    shapes: () => import("../model/wire/merge.ts"),
    load: async () => (await import("./merge.ts")).merge,
  }),
  undo_merge: operation({
    summary: "take the last merge back",
    changes: true,
    shapes: () => import("../model/wire/undo-merge.ts"),
    load: async () => (await import("./merge.ts")).undoLastMerge,
  }),
  pick: operation({
    summary: "merge the winner of a batch and end the others; how each test ended is an event",
    changes: true,
    shapes: () => import("../model/wire/pick.ts"),
    load: async () => (await import("./pick.ts")).pick,
  }),
  resume: operation({
    summary: "bring back agents that do not run",
    changes: true,
    shapes: () => import("../model/wire/resume.ts"),
    load: async () => (await import("./resume.ts")).resume,
  }),
  restorable: operation({
    summary: "which killed agents can come back",
    changes: false,
    shapes: () => import("../model/wire/restorable.ts"),
    load: async () => (await import("./restore.ts")).restorable,
  }),
  restore: operation({
    summary: "bring killed agents back, with their worktrees and unsaved work",
    changes: true,
    shapes: () => import("../model/wire/restore.ts"),
    load: async () => (await import("./restore.ts")).restore,
  }),
  prunable: operation({
    summary: "what can go, with the reason",
    changes: false,
    shapes: () => import("../model/wire/prune.ts"),
    load: async () => (await import("./prune.ts")).prunable,
  }),
  prune: operation({
    summary: "remove what can go",
    changes: true,
    shapes: () => import("../model/wire/prune.ts"),
    load: async () => (await import("./prune.ts")).prune,
  }),
  pr: operation({
    summary: "open pull requests for agents, or ask how they stand",
    changes: true,
    shapes: () => import("../model/wire/pr.ts"),
    load: async () => (await import("./pr.ts")).pr,
  }),
  cost: operation({
    summary: "what agents have used, in tokens and money",
    changes: false,
    shapes: () => import("../model/wire/cost.ts"),
    load: async () => (await import("./cost.ts")).cost,
  }),
  metrics: operation({
    summary: "what agents do and use, in the text format of Prometheus",
    changes: false,
    shapes: () => import("../model/wire/metrics.ts"),
    load: async () => (await import("./metrics.ts")).metrics,
  }),
  budget: operation({
    summary: "what agents may use, or change it",
    changes: true,
    shapes: () => import("../model/wire/budget.ts"),
    load: async () => (await import("./budget.ts")).budget,
  }),
  doctor: operation({
    summary: "check what fleet needs, and say how to fix what is missing",
    changes: false,
    shapes: () => import("../model/wire/doctor.ts"),
    load: async () => (await import("./doctor.ts")).doctor,
  }),
} as const;

/** The operation of this name, if there is one. */
export function operationNamed(name: string): Operation | undefined {
  return Object.hasOwn(operations, name) ? operations[name as keyof typeof operations] : undefined;
}
