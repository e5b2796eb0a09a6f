import { bareTool } from "./bare-tool.ts";
import type { Step } from "./measure.ts";
import type { Place } from "./place.ts";
import { makeRepository } from "./repository.ts";

/** Making many where many more worktrees are registered, which git looks at for each that it adds. */
export async function crowdedContest(place: Place): Promise<readonly Step[]> {
  const directory = await makeRepository(place, 20);
  const add = 'for number in $(seq 1200); do git worktree add --quiet --no-checkout --detach "$1/crowd-$number"; done';
  await place.run(["sh", "-c", add, "sh", place.root], directory);
  const undo = 'rm -rf "$1"/bare-*; git worktree prune; tmux -S "$2" kill-server || :';
  const script = "best script for git and tmux, 300 x 20 files among 1200 worktrees";
  const names = (round: number) => Array.from({ length: 300 }, (_, index) => `bare-${round}-${index + 1}`);
  const common = { directory, before: () => place.rest() };
  return [
    { ...common, label: script, argv: (round) => [bareTool("fanout"), place.socket, place.root, ...names(round)] },
    {
      directory,
      // What the script has made would be so many more that git looks at.
      before: () => place.run(["sh", "-c", undo, "sh", place.root, place.socket], directory).then(() => place.rest()),
      label: "fleet fanout, 300 x 20 files among 1200 worktrees",
      beside: script,
      argv: (round) => [place.fleet, "fanout", "300", `batch-${round}`, "--agent", "demo", "-p", "work 0"],
    },
  ];
}
