import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { WebhookFinish } from "../../config/config.ts";
import { FleetError } from "../../errors.ts";
import { type Fleet, settingsFor, statePlaces } from "../../fleet/fleet.ts";
import { openPull } from "../../fleet/operations/pr/pr.ts";
import { testAgents } from "../../fleet/review/test.ts";
import { openDesk } from "../../fleet/tickets/desk.ts";
import { syncTickets } from "../../fleet/tickets/sync.ts";
import { type Halt, waitForAgents } from "../../fleet/watch/wait.ts";
import { type AgentEntry, isSameTicket } from "../../state/entry.ts";
import { parsedJson } from "../../state/json.ts";
import { readRegistry } from "../../state/registry.ts";
import { makePrivateDirectory, readTextIfExists, removeTree, replaceFile } from "../../system/files.ts";
import { isPassing } from "./passing.ts";

/** What is to follow when an agent is done. */
interface Followed {
  readonly directory: string;
  readonly finish: readonly WebhookFinish[];
}

const lookMilliseconds = 5000;
const pauseMilliseconds = 3000;
const order = ["test", "pr", "comment"] as const;

/** Looks after agents that webhooks have started, whatever happens to this process: what is to follow is on disk. */
export class Follower {
  readonly #fleet: Fleet;
  readonly #folder: string;
  readonly #say: (text: string) => void;
  /** What was told last of agents that need their users. */
  readonly #told = new Map<string, string>();

  constructor(fleet: Fleet, folder: string, say: (text: string) => void) {
    this.#fleet = fleet;
    this.#folder = folder;
    this.#say = say;
    makePrivateDirectory(folder);
  }

  /** Notes what follows when these agents are done. */
  follow(agents: readonly AgentEntry[], followed: Followed): void {
    if (followed.finish.length === 0) return;
    for (const { id } of agents) replaceFile(this.#file(id), JSON.stringify(followed));
  }

  /** Whether there is anybody to look after. */
  get isIdle(): boolean {
    return this.#ids().length === 0;
  }

  /** Waits a few seconds for agents to be done, and does what follows for those that are. */
  async look(): Promise<void> {
    const ids = new Set(this.#ids());
    const entries = readRegistry(statePlaces(this.#fleet)).filter(({ id }) => ids.has(id));
    for (const id of ids) if (!entries.some((entry) => entry.id === id)) removeTree(this.#file(id));
    if (entries.length === 0) return;
    const wait = { any: true, timeoutMilliseconds: lookMilliseconds, onChange: () => undefined };
    const { halts } = await waitForAgents(this.#fleet, entries, wait);
    const news = halts.filter((halt) => this.#told.get(halt.entry.id) !== haltText(halt));
    for (const halt of news) await this.#finish(halt);
    // Those that wait for their user are at a halt at every look.
    if (news.length === 0 && halts.length > 0) await Bun.sleep(pauseMilliseconds);
  }

  /** An agent that is done is looked after no longer; of one that needs its user only the ticket is told, and it may be done later. */
  async #finish(halt: Halt): Promise<void> {
    const { entry, status, well } = halt;
    const followed = this.#read(entry.id);
    if (followed === undefined) return;
    const fleet = { ...this.#fleet, directory: followed.directory };
    const isDone = well && status.word === "idle";
    const isComplete = await this.#steps(
      fleet,
      entry,
      followed.finish.filter((step) => isDone || step === "comment"),
    );
    if (isDone && isComplete) removeTree(this.#file(entry.id));
    else if (isComplete) this.#told.set(entry.id, haltText(halt));
  }

  /** Whether all was done that can be; what a service could not be asked for is tried again. */
  async #steps(fleet: Fleet, entry: AgentEntry, steps: readonly WebhookFinish[]): Promise<boolean> {
    let passed = true;
    let isComplete = true;
    for (const step of order.filter((each) => steps.includes(each))) {
      if (step === "pr" && !passed) continue;
      try {
        const { text, isGood } = await run(step, fleet, entry);
        passed &&= isGood;
        this.#say(`${entry.branch}: ${text}`);
      } catch (error) {
        if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
        isComplete &&= !isPassing(error);
        this.#say(`${entry.branch}: ${error.message}`);
      }
    }
    if (!isComplete) await Bun.sleep(pauseMilliseconds);
    return isComplete;
  }

  #read(id: string): Followed | undefined {
    return parsedJson(readTextIfExists(this.#file(id)) ?? "") as Followed | undefined;
  }

  #ids(): string[] {
    return readdirSync(this.#folder).flatMap((name) => /^([0-9a-f]{8})\.json$/.exec(name)?.[1] ?? []);
  }

  #file(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
}

function haltText({ status }: Halt): string {
  return `${status.word} ${status.since?.getTime() ?? ""}`;
}

interface Ran {
  readonly text: string;
  /** What comes behind may be done. */
  readonly isGood: boolean;
}

async function run(step: WebhookFinish, fleet: Fleet, entry: AgentEntry): Promise<Ran> {
  switch (step) {
    case "test":
      return runTests(fleet, entry);
    case "pr": {
      const { record, outcome } = await openPull(fleet, entry, {
        reviewers: [],
        labels: [],
        commit: true,
      });
      return { text: `pull request ${outcome}: ${record.url}`, isGood: true };
    }
    case "comment":
      return { text: await tellTicket(fleet, entry), isGood: true };
  }
}

async function runTests(fleet: Fleet, entry: AgentEntry): Promise<Ran> {
  if (settingsFor(fleet, entry.repo).test_command.trim() === "")
    return { text: "there is no test_command", isGood: true };
  const { tested, unseen } = await testAgents(fleet, [entry], { words: [], again: false });
  const isGood = unseen.length === 0 && tested.every(({ result }) => result.outcome === "passed");
  return { text: `tests ${isGood ? "passed" : "failed, so no pull request is opened"}`, isGood };
}

async function tellTicket(fleet: Fleet, { repo, ticket }: AgentEntry): Promise<string> {
  if (ticket === undefined) return "it has no ticket";
  const own = readRegistry(statePlaces(fleet)).filter(
    (each) => each.repo === repo && isSameTicket(each.ticket, ticket),
  );
  const [synced] = await syncTickets(fleet, await openDesk(fleet), own);
  if (synced?.error !== undefined) throw synced.error;
  return `${ticket.key} was told`;
}
