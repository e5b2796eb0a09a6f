import { statSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../../errors.ts";
import { arrivedRef, arrivedRefs, lastPushRef } from "../../state/refs.ts";
import { type GitPlace, git, tryGit, withoutHooks } from "../../system/git/command.ts";

/** A commit that another machine has pushed into a mirror. */
export interface Pushed {
  /** What the one who pushed calls it. */
  readonly pushed: string;
  /** The id of their fleet. */
  readonly owner: string;
  readonly commit: string;
}

/** Forgets a blob that was pushed beside a commit, once it is where it belongs. */
export async function dropPushed(place: GitPlace, ref: string): Promise<void> {
  await tryGit(place, [...withoutHooks, "update-ref", "-d", ref]);
}

/**
 * Takes what was pushed to `refs/fleet/in/PUSHED`. It is kept under a name of the one who pushed it, so that their next push need bring only
 * what is new. What others pushed long ago and never asked for goes. Throws FleetError `failed` when it has not arrived, or is something
 * else.
 */
export async function acceptPush(place: GitPlace, { pushed, owner, commit }: Pushed): Promise<void> {
  const arrivals = await arrivalsIn(place);
  const arrived = arrivals.find(({ ref }) => ref === arrivedRef(pushed));
  if (arrived?.object !== commit || arrived.type !== "commit") {
    throw new FleetError("failed", `the commit ${commit.slice(0, 7)} has not arrived on this machine`, {
      code: "not-arrived",
      hint: "to push it again, repeat the command",
    });
  }
  const input = `update ${lastPushRef(owner)} ${commit}\ndelete ${arrived.ref} ${commit}\n`;
  await tryGit(place, [...withoutHooks, "update-ref", "--stdin"], { input });
  const others = arrivals.filter((each) => each !== arrived);
  await dropAbandoned(place, others);
}

/** What is pushed is asked for at once: nobody comes back for it after a day. One that does is told to push again. */
const abandonedMilliseconds = 24 * 3_600_000;
/** More than are on their way at a time. The last ones stay whatever the clock says: it may have been set forward since they came. */
const newest = 20;

interface Arrival {
  readonly ref: string;
  readonly object: string;
  readonly type: string;
}

async function arrivalsIn(place: GitPlace): Promise<Arrival[]> {
  const format = "--format=%(objectname) %(objecttype) %(refname)";
  const rows = (await git(place, ["for-each-ref", format, arrivedRefs])).split("\n").filter(Boolean);
  return rows.map((row) => {
    const [object = "", type = "", ref = ""] = row.split(" ");
    return { ref, object, type };
  });
}

/** What somebody else removes at the same moment, or has moved, stays for the next time. */
async function dropAbandoned(place: GitPlace, arrivals: readonly Arrival[]): Promise<void> {
  const before = Date.now() - abandonedMilliseconds;
  const abandoned = arrivals
    .map((arrival) => ({ ...arrival, time: writtenBy(place, arrival.ref) ?? Number.POSITIVE_INFINITY }))
    .sort((one, other) => other.time - one.time)
    .slice(newest)
    .filter(({ time }) => time < before);
  if (abandoned.length === 0) return;
  const input = abandoned.map(({ ref, object }) => `delete ${ref} ${object}\n`).join("");
  await tryGit(place, [...withoutHooks, "update-ref", "--stdin"], { input });
}

/** When a ref of a bare repository was there at the latest: git keeps it in a file of its own, or in one with others that is newer. */
function writtenBy({ directory }: GitPlace, ref: string): number | undefined {
  const files = [join(directory, ref), join(directory, "packed-refs")];
  return files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs).find((time) => time !== undefined);
}
