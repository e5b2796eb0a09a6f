import { FleetError } from "../../../errors.ts";
import type { NewPull, PullRequest } from "../../../forges/forge.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { type PullRecord, writePullRecord } from "../../../state/pull-request.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";
import { type ChosenText, chosenText, hashOf } from "./chosen-text.ts";
import { publish } from "./publish.ts";
import { baseBranch } from "./range.ts";
import type { Route } from "./route.ts";
import { bringToStage } from "./stage.ts";
import type { PullDone, PullOptions, PullWork } from "./work.ts";

/** Opens a pull request on a forge that fleet knows, or brings the one that is open up to date. Throws FleetError `failed`. */
export async function pullOnForge(work: PullWork, route: Route): Promise<PullDone> {
  const { look, entry, head, options } = work;
  const { into, from } = route;
  const base = await baseBranch(work, route.base, into.defaultBranch);
  if (base === entry.branch && from === into.path) throw ontoItself(entry);
  const before = await openOrMerged(route, entry.branch);
  const note = noting(work, route);
  if (before?.state === "merged" && before.head === head) return { entry, outcome: "merged", record: note(before, "") };
  const known = before?.state === "merged" ? undefined : before;
  const text = await chosenText(work, route.base, base, known);
  await publish(work, route.push);
  if (known !== undefined && options.into !== undefined && known.base !== base) {
    const stays = `${entry.branch}: it still goes into ${known.base}; to change that, go to ${known.url}`;
    look.fleet.report({ kind: "note", text: stays });
  }
  const pull = { ...text.chosen, base, from, branch: entry.branch, draft: options.stage === "draft" };
  const now = known === undefined ? await openOnce(route, pull) : await updated(route, known, text);
  const hash = text.isStandard ? hashOf(now) : "";
  let record = note(now, hash);
  const shortfall = await shortfallOf(look.fleet, async () => {
    const staged = await bringToStage(look.fleet, route, {
      branch: entry.branch,
      pull: now,
      isNew: known === undefined,
      stage: options.stage,
    });
    if (staged !== now) record = note(staged, hash);
    await addPeople(options, route, now.number);
  });
  const outcome = known === undefined ? "opened" : "updated";
  return { entry, record, outcome, ...(shortfall === undefined ? {} : { shortfall }) };
}

/** The one that is open; else the newest that was merged. A closed one is left alone, and another may be opened. */
async function openOrMerged({ located, access, into, from }: Route, branch: string): Promise<PullRequest | undefined> {
  const all = await located.forge.pullsFrom(access, into.path, from, branch);
  return all.find(({ state }) => state === "open" || state === "draft") ?? all.find(({ state }) => state === "merged");
}

async function openOnce({ located: { forge }, access, into, from }: Route, pull: NewPull): Promise<PullRequest> {
  try {
    return await forge.open(access, into.path, pull);
  } catch (error) {
    if (!(error instanceof FleetError) || error.code !== "forge-refused") throw error;
    // It may be there all the same: an answer was lost, or somebody was faster.
    const all = await forge.pullsFrom(access, into.path, from, pull.branch);
    const found = all.find(({ state }) => state === "open" || state === "draft");
    if (found === undefined) throw error;
    return found;
  }
}

async function updated({ located, access, into }: Route, known: PullRequest, text: ChosenText): Promise<PullRequest> {
  const { title, body } = text.chosen;
  if (!text.isNew || (title === known.title && body === known.body)) return known;
  return located.forge.update(access, into.path, known.number, { title, body, draft: known.state === "draft" });
}

/** Writes down what the forge has. */
function noting({ entry, head, look }: PullWork, { into, access, located: { name } }: Route) {
  return (pull: PullRequest, text: string): PullRecord => {
    const record: PullRecord = {
      v: 1,
      forge: name,
      host: access.host,
      project: into.path,
      number: pull.number,
      url: pull.url,
      state: pull.state,
      base: pull.base,
      pushed: head,
      head: pull.head,
      text,
      at: new Date().toISOString(),
    };
    writePullRecord(statePlaces(look.fleet), entry.id, record);
    return record;
  };
}

/** The pull request is there by now: what cannot be done with it is told beside. */
async function shortfallOf(fleet: Fleet, finish: () => Promise<void>): Promise<FleetError | undefined> {
  try {
    await finish();
    return undefined;
  } catch (error) {
    if (error instanceof FleetError && !fleet.cancelled.aborted) return error;
    throw error;
  }
}

async function addPeople(
  { reviewers, labels }: PullOptions,
  { located: { forge }, access, into }: Route,
  number: number,
): Promise<void> {
  if (reviewers.length > 0) await forge.askReviewers(access, into.path, number, reviewers);
  if (labels.length > 0) await forge.addLabels(access, into.path, number, labels);
}

function ontoItself({ branch }: AgentEntry): FleetError {
  return new FleetError("failed", `${branch} cannot go into itself`, {
    hint: "to say which branch is meant, add --into BRANCH",
  });
}
