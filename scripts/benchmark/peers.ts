import type { Step } from "./measure.ts";
import type { Place } from "./place.ts";
import { makeRepository } from "./repository.ts";

/** worktrunk makes worktrees and branches; beside it, a session for each. */
export async function peersContest(place: Place): Promise<readonly Step[]> {
  const wt = Bun.which("wt");
  if (wt === null) throw new Error("peers needs worktrunk: its wt is not on the PATH");
  const directory = await makeRepository(place, 20);
  await place.run([place.fleet, "fanout", "20", "listed", "--agent", "demo", "-p", "make a note"], directory);
  const common = { directory, before: () => place.rest() };
  const create = `${wt} switch -y -c "$1" --no-cd && tmux -S ${place.socket} new-session -d -s "$1" cat`;
  const kill = `${wt} remove -y -f -D --foreground "$1" && tmux -S ${place.socket} kill-session -t "=$1"`;
  const shell = (script: string, round: number) => ["sh", "-c", script, "sh", `peer-${round}`];
  return [
    { ...common, label: "wt --version", argv: () => [wt, "--version"] },
    { ...common, label: "fleet --version", beside: "wt --version", argv: () => [place.fleet, "--version"] },
    { ...common, label: "wt list", argv: () => [wt, "list"] },
    { ...common, label: "fleet list", beside: "wt list", argv: () => [place.fleet, "list"] },
    { ...common, label: "wt switch -c, tmux new-session", argv: (round) => shell(create, round) },
    {
      ...common,
      label: "fleet create",
      beside: "wt switch -c, tmux new-session",
      argv: (round) => [place.fleet, "create", `agent-${round}`, "--agent", "demo"],
    },
    { ...common, label: "wt remove -f -D, tmux kill-session", argv: (round) => shell(kill, round) },
    {
      ...common,
      label: "fleet kill",
      beside: "wt remove -f -D, tmux kill-session",
      argv: (round) => [place.fleet, "kill", `agent-${round}`],
    },
  ];
}
