import { FleetError } from "../../../errors.ts";
import type { NewPull, PullRequest } from "../../../forges/forge.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { type PullRecord, readPullRecord, writePullRecord } from "../../../state/pull-request.ts";
import { linesAdded } from "../../../system/git/added-lines.ts";
import { tipOf } from "../../../system/git/advance.ts";
import { type GitPlace, git } from "../../../system/git/command.ts";
import { pushCommit, type Remote } from "../../../system/git/remotes.ts";
import { shellWord } from "../../../system/shell.ts";
import { type Fleet, gitAt, gitIn, statePlaces } from "../../fleet.ts";
import { type Content, type Look, looking, workOf } from "../../review/content.ts";
import { savedHead } from "../merge/head.ts";
import { openByCommand } from "./command.ts";
import { type PlainRoute, type Route, routeOf } from "./route.ts";
import { secretsInFiles, secretsOf, withoutSecrets } from "./secrets.ts";
import { bringToStage, type PullStage } from "./stage.ts";
import { fitting, type PullText, standardText } from "./text.ts";

export interface PullOptions {
  /** Else they are made of the agent's commits and last words. */
  readonly title?: string | undefined;
  readonly body?: string | undefined;
  /** Lets the user change the text before anything is published. */
  readonly edit?: ((text: PullText) => Promise<PullText>) | undefined;
  /** What it is to be; else a new one is ready for review, and one that is open stays as it is. */
  readonly stage?: PullStage | undefined;
  readonly reviewers: readonly string[];
  readonly labels: readonly string[];
  /** The branch it goes into; else the one the agent was started from, else the usual one of the repository. */
  readonly into?: string | undefined;
  /** Commits unsaved work first. */
  readonly commit: boolean;
}

/** A pull request that is there now. */
export interface PullDone {
  readonly entry: AgentEntry;
  readonly record: PullRecord;
  readonly outcome: "opened" | "updated" | "merged";
  /** What of it could not be done, though the pull request is there. */
  readonly shortfall?: FleetError;
}

/**
 * Pushes the work of an agent and opens a pull request for it, or brings the one that is open up to date. Nothing is published when it
 * throws before the push; a repeated call goes on from there. Throws FleetError `failed`.
 */
export async function openPull(fleet: Fleet, entry: AgentEntry, options: PullOptions): Promise<PullDone> {
  return looking(fleet, entry.repo, async (look) => {
    const seen = await workOf(look, entry);
    const head = await savedHead(fleet, seen, { commit: options.commit, message: undefined, verb: "pr" });
    // The worktree of an agent on another machine is not here, and what was fetched of it is in the repository.
    const place = seen.host === undefined ? gitIn(fleet, entry) : gitAt(fleet, entry.repo);
    const route = await routeOf(fleet, place, entry);
    const work: Work = { look, place, entry, head, options, told: seen.told };
    return "located" in route ? onForge(work, route) : byCommand(work, route);
  });
}

interface Work {
  readonly look: Look;
  readonly place: GitPlace;
  readonly entry: AgentEntry;
  readonly head: string;
  readonly options: PullOptions;
  /** What the machine of the agent has said of it, if that is another. */
  readonly told: Content["told"];
}

async function onForge(work: Work, route: Route): Promise<PullDone> {
  const { look, entry, head, options } = work;
  const { into, from } = route;
  const base = await baseBranch(work, route.base, into.defaultBranch);
  if (base === entry.branch && from === into.path) throw ontoItself(entry);
  const before = await openOrMerged(route, entry.branch);
  const note = noting(work, route);
  if (before?.state === "merged" && before.head === head) return { entry, outcome: "merged", record: note(before, "") };
  const known = before?.state === "merged" ? undefined : before;
  const text = await textOf(work, route.base, base, known);
  await publish(work, route.push);
  const pull = { ...text.chosen, base, from, branch: entry.branch, draft: options.stage === "draft" };
  const now = known === undefined ? await openOnce(route, pull) : await brought(route, known, text);
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

/** Writes down what the forge has. */
function noting({ entry, head, look }: Work, { into, access, located: { name } }: Route) {
  return (pull: PullRequest, text: string): PullRecord => {
    const record: PullRecord = {
      ...{ v: 1, forge: name, host: access.host, project: into.path, number: pull.number, url: pull.url },
      ...{ state: pull.state, base: pull.base, pushed: head, head: pull.head, text, at: new Date().toISOString() },
    };
    writePullRecord(statePlaces(look.fleet), entry.id, record);
    return record;
  };
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

async function brought({ located, access, into }: Route, known: PullRequest, text: Text): Promise<PullRequest> {
  const { title, body } = text.chosen;
  if (!text.isNew || (title === known.title && body === known.body)) return known;
  return located.forge.update(access, into.path, known.number, { title, body, draft: known.state === "draft" });
}

interface Text {
  readonly chosen: PullText;
  /** It replaces what is there. */
  readonly isNew: boolean;
  /** It is made of commits and last words, and so it may be made anew. */
  readonly isStandard: boolean;
}

async function textOf(work: Work, remote: Remote, base: string, known: PullRequest | undefined): Promise<Text> {
  const { look, entry, options } = work;
  const { fleet } = look;
  const standard = await standardText(fleet, work.place, work, await rangeOf(work, remote, base));
  const record = readPullRecord(statePlaces(fleet), entry.id);
  const isChanged = known !== undefined && (record?.number !== known.number || record.text !== hashOf(known));
  const usual = isChanged ? { title: known.title, body: known.body } : standard;
  const isSaid = options.title !== undefined || options.body !== undefined || options.edit !== undefined;
  const given = { title: options.title ?? usual.title, body: options.body ?? usual.body };
  if (isChanged && !isSaid) {
    fleet.report({ kind: "note", text: `${entry.branch}: its text stays; to write another, use --title or -e` });
    return { chosen: given, isNew: false, isStandard: false };
  }
  const edited = options.edit === undefined ? given : await options.edit(given);
  return { chosen: await publishable(fleet, entry, edited), isNew: true, isStandard: !isSaid };
}

/** A text without secrets. Throws FleetError `usage` when nothing is left of the title. */
async function publishable(fleet: Fleet, entry: AgentEntry, text: PullText): Promise<PullText> {
  const secrets = await secretsOf(fleet, entry);
  const title = withoutSecrets(text.title, secrets);
  const body = withoutSecrets(text.body, secrets);
  const found = [...new Set([...title.found, ...body.found])];
  if (found.length > 0) {
    const what = `the value of ${found.join(", ")} is left out of its text`;
    fleet.report({
      kind: "warning",
      text: `${entry.branch}: ${what}; commits are pushed as they are`,
    });
  }
  const fits = fitting({ title: title.text, body: body.text });
  if (fits.title !== "") return fits;
  throw new FleetError("usage", "a pull request needs a title", { hint: "to give one, run fleet pr --title TEXT" });
}

function hashOf({ title, body }: PullText): string {
  const { title: line, body: text } = fitting({ title, body });
  return new Bun.CryptoHasher("sha256").update(`${line}\n\n${text}`).digest("hex");
}

/** The branch on the forge that the agent was started from, where there is one. */
async function baseBranch({ place, entry, options }: Work, remote: Remote, usual: string): Promise<string> {
  if (options.into !== undefined) return options.into.replace(/^refs\/heads\//, "");
  const started = entry.base_branch?.replace(
    new RegExp(`^(?:refs/remotes/|refs/heads/)?(?:${RegExp.escape(remote.name)}/)?`),
    "",
  );
  if (started === undefined || started === "HEAD") return usual;
  return (await tipOf(place, `refs/remotes/${remote.name}/${started}`)) === undefined ? usual : started;
}

/** The commits that go in. Throws FleetError `failed` when there are none. */
async function rangeOf({ place, entry, head }: Work, remote: Remote, base: string): Promise<string> {
  const known = (await tipOf(place, `refs/remotes/${remote.name}/${base}`)) ?? entry.base;
  const range = `${known}..${head}`;
  if (Number(await git(place, ["rev-list", "--count", range])) > 0) return range;
  throw new FleetError("failed", `${entry.branch} has no commits that ${base} has not`, {
    hint: `to see what it has done, run fleet diff ${shellWord(entry.branch)}`,
  });
}

/** Only a branch that fleet made may be written anew, and only where it is as fleet left it. */
async function publish({ place, entry, head, look }: Work, { name: remote }: Remote): Promise<void> {
  await warnOfSecrets(look.fleet, place, { entry, head, remote });
  const push = { remote, branch: entry.branch, commit: head };
  const before = readPullRecord(statePlaces(look.fleet), entry.id)?.pushed;
  try {
    await pushCommit(place, { ...push, lease: undefined });
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    if (error.code === "push-protected") throw protectedBranch(entry, remote, error);
    if (error.code !== "push-moved" || entry.adopted || before === undefined || before === "")
      throw moved(entry, remote, error);
    await pushCommit(place, { ...push, lease: before }).catch((again) => {
      throw again instanceof FleetError ? moved(entry, remote, again) : again;
    });
  }
}

/** A push cannot be taken back, and only the user knows what is a secret: they are told before it, and it goes on. */
async function warnOfSecrets(
  fleet: Fleet,
  place: GitPlace,
  { entry, head, remote }: { readonly entry: AgentEntry; readonly head: string; readonly remote: string },
): Promise<void> {
  const added = await linesAdded(place, { head, base: entry.base, remote });
  const found = secretsInFiles(added, await secretsOf(fleet, entry));
  if (found.length === 0) return;
  const what = `its commits hold the value of ${found.slice(0, 5).join(", ")}${found.length > 5 ? " and more" : ""}`;
  fleet.report({ kind: "warning", text: `${entry.branch}: ${what}; who reads the remote can read it` });
}

function protectedBranch({ branch }: AgentEntry, remote: string, { output }: FleetError): FleetError {
  return new FleetError("failed", `${branch} is protected on ${remote}: it takes no pushes`, {
    code: "push-protected",
    ...(output === undefined ? {} : { output }),
    hint: `for a branch of another name, run git branch OTHER ${shellWord(branch)} and fleet create OTHER`,
  });
}

function moved({ branch }: AgentEntry, remote: string, error: FleetError): FleetError {
  if (error.code !== "push-moved") return error;
  return new FleetError("failed", `${branch} on ${remote} has commits that are not here`, {
    code: "push-moved",
    ...(error.output === undefined ? {} : { output: error.output }),
    hint: `to see them, run git fetch ${shellWord(remote)} ${shellWord(branch)} && git log FETCH_HEAD`,
  });
}

function ontoItself({ branch }: AgentEntry): FleetError {
  return new FleetError("failed", `${branch} cannot go into itself`, {
    hint: "to say which branch is meant, add --into BRANCH",
  });
}

async function byCommand(work: Work, { push, base: remote, host }: PlainRoute): Promise<PullDone> {
  const { look, entry, head, options, place } = work;
  const { fleet } = look;
  const base = await baseBranch(work, remote, "main");
  const { chosen } = await textOf(work, remote, base, undefined);
  const before = readPullRecord(statePlaces(fleet), entry.id);
  await publish(work, push);
  const note = (url: string, state: PullRecord["state"]): PullRecord => {
    const record: PullRecord = {
      ...{ v: 1, forge: "other", host, project: "", number: numberIn(url), url, state },
      ...{ base, pushed: head, head, text: hashOf(chosen), at: new Date().toISOString() },
    };
    writePullRecord(statePlaces(fleet), entry.id, record);
    return record;
  };
  if (before?.forge === "other") {
    const shortfall = unstaged(before, options.stage);
    return { entry, record: note(before.url, before.state), outcome: "updated", ...shortfall };
  }
  const draft = options.stage === "draft";
  const pull = { ...chosen, branch: entry.branch, base, remote: push.name, draft };
  const url = await openByCommand(look, entry, place.directory, pull);
  return { entry, record: note(url, draft ? "draft" : "open"), outcome: "opened" };
}

/** A command of the user only opens pull requests. */
function unstaged({ url, state }: PullRecord, stage: PullStage | undefined): { readonly shortfall?: FleetError } {
  if (stage === undefined || (state === "draft") === (stage === "draft")) return {};
  const what = stage === "draft" ? "make it a draft" : "mark it as ready for review";
  const shortfall = new FleetError("failed", `pr_command cannot ${what}: it only opens pull requests`, {
    code: "forge-refused",
    hint: `to do it there, see ${url}`,
  });
  return { shortfall };
}

/** `https://forge.example.com/acme/shop/pulls/12` */
function numberIn(url: string): number | null {
  const digits = /\/(\d{1,9})\/?$/.exec(url)?.[1];
  return digits === undefined ? null : Number(digits);
}
