import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Step } from "./measure.ts";
import type { Place } from "./place.ts";
import { makeRepository } from "./repository.ts";

const agents = 20;
const files = 5000;
/** Each changes so many files, of which one is changed by its neighbour too. */
const changed = 21;

/** What agents have made, looked at: which of them conflict, and which is best. */
export async function reviewContest(place: Place): Promise<readonly Step[]> {
  const { directory, names } = await agentsWithWork(place);
  const pairs = "git merge-tree for each pair, in parallel";
  const diffs = "git diff --numstat in each worktree, in parallel";
  const size = `${agents} agents, ${files} files`;
  const common = { directory, before: () => place.rest() };
  const list = join(place.root, "pairs");
  writeFileSync(list, names.flatMap((a, at) => names.slice(at + 1).map((b) => `${a} ${b}\n`)).join(""));
  const worktrees = join(place.fleetHome, "worktrees");
  return [
    {
      ...common,
      label: pairs,
      argv: () => ["sh", "-c", `xargs -P "$(nproc)" -L 1 git merge-tree --write-tree <${list} || true`],
    },
    {
      ...common,
      label: `fleet overlap, ${size}, first look`,
      beside: pairs,
      async before() {
        forgetLooks(place);
        await place.rest();
      },
      argv: () => [place.fleet, "overlap"],
    },
    { ...common, label: `fleet overlap, ${size}, second look`, beside: pairs, argv: () => [place.fleet, "overlap"] },
    {
      ...common,
      label: diffs,
      argv: () => ["sh", "-c", `ls ${worktrees} | xargs -P "$(nproc)" -I{} git -C ${worktrees}/{} diff --numstat main`],
    },
    { ...common, label: `fleet compare, ${size}`, beside: diffs, argv: () => [place.fleet, "compare", "--all"] },
  ];
}

/** One agent's work, put into the main branch as one commit. */
export async function mergeContest(place: Place): Promise<readonly Step[]> {
  const { directory, names } = await agentsWithWork(place);
  const [name = ""] = names;
  const bare = "git merge --squash, git commit";
  const common = {
    directory,
    async before() {
      await place.run(["git", "reset", "--quiet", "--hard", "start"], directory);
      await place.rest();
    },
  };
  await place.run(["git", "tag", "start"], directory);
  const script = `git merge --quiet --squash ${name} && git commit --quiet -m merged`;
  return [
    { ...common, label: bare, argv: () => ["sh", "-c", script] },
    { ...common, label: `fleet merge, ${files} files`, beside: bare, argv: () => [place.fleet, "merge", name] },
  ];
}

/** A race of eight in one line, and as the commands that it consists of. */
export async function raceContest(place: Place): Promise<readonly Step[]> {
  const directory = await makeRepository(place, 20);
  const parts = "fleet fanout 8, wait, test, pick, one after another";
  const test = "case $PWD in *A8) ;; *) false ;; esac";
  await place.run(["git", "tag", "start"], directory);
  const common = {
    directory,
    async before() {
      if ((await place.run([place.fleet, "list", "-q"], directory)) !== "")
        await place.run([place.fleet, "kill", "--all", "-y"], directory);
      await place.run(["git", "reset", "--quiet", "--hard", "start"], directory);
      await place.rest();
    },
  };
  const prompt = ["--agent", "demo", "-p", "note"];
  const script = `${place.fleet} fanout 8 "$1" --agent demo -p note && ${place.fleet} wait "$1" && ${place.fleet} test "$1" -- sh -c '${test}'; ${place.fleet} pick "$1-A8" --test '${test}'`;
  return [
    { ...common, label: parts, argv: (round) => ["sh", "-c", script, "sh", `parts-${round}`] },
    {
      ...common,
      label: "fleet fanout 8 --test --pick",
      beside: parts,
      argv: (round) => [
        "sh",
        "-c",
        `${[place.fleet, "fanout", "8", `race-${round}`, ...prompt].join(" ")} --test '${test}' --pick`,
      ],
    },
  ];
}

/** Agents that have each made a commit. */
async function agentsWithWork(
  place: Place,
): Promise<{ readonly directory: string; readonly names: readonly string[] }> {
  const directory = await makeRepository(place, files);
  await place.run([place.fleet, "fanout", `${agents}`, "work", "--agent", "demo", "-p", "work 0"], directory);
  const names = Array.from({ length: agents }, (_, index) => `work-A${index + 1}`);
  for (const [index, name] of names.entries()) {
    const worktree = join(place.fleetHome, "worktrees", name);
    for (let number = 0; number < changed; number += 1) {
      const file = (index * (changed - 1) + number) * 3;
      const path = join(worktree, `package-${Math.floor(file / 25)}`, `file-${file}.txt`);
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, `changed by ${name}\n`);
    }
    await place.run(["git", "commit", "--quiet", "--all", "--message", name], worktree);
  }
  return { directory, names };
}

/** What `overlap` and `compare` have looked at before. */
function forgetLooks(place: Place): void {
  const folder = join(place.fleetHome, "agents");
  for (const name of readdirSync(folder)) if (/^(?:merges|changes)-/.test(name)) rmSync(join(folder, name));
}
