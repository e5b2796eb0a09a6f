import { expect, test } from "bun:test";
import { enterJob, onTerminalOfJob, readJobs, sbatchOptions } from "../../../src/hosts/slurm.ts";

function cluster(slurm: Readonly<Record<string, string | number>> | undefined) {
  const others = { slots: 0, labels: [], worktree_root: "", env: {}, pass_env: [], credentials: false, fleet: "" };
  return { name: "lab", settings: { ...others, ssh: "me@login", slurm } };
}

test("what is asked of Slurm are options of sbatch, with two shorter names", () => {
  const asked = { partition: "gpu", time: "4:00:00", cpus: 4, memory: "16G", gpus_per_node: 1, account: "a b" };
  expect(sbatchOptions(cluster(asked)).slice(-6)).toEqual([
    ...["--partition=gpu", "--time=4:00:00", "--cpus-per-task=4", "--mem=16G", "--gpus-per-node=1", "--account=a b"],
  ]);
  expect(sbatchOptions(cluster({}))).toEqual([
    ...["--job-name=fleet-lab", "--signal=B:USR1@60", "--output=/dev/null", "--no-requeue"],
  ]);
});

test("jobs are read with their state, and with their place among all that wait", () => {
  expect(readJobs("12|PENDING|Resources\n9|RUNNING|None\nqueue\n7\n12\n15\n")).toEqual([
    { id: "12", state: "PENDING", reason: "Resources", position: 2 },
    { id: "9", state: "RUNNING", reason: "None", position: undefined },
  ]);
  expect(readJobs("queue\n7\n")).toEqual([]);
});

test("a host that is no cluster asks Slurm nothing", () => {
  expect(enterJob(cluster(undefined))).toBe("within=");
  expect(onTerminalOfJob(cluster(undefined), "tmux attach")).toBe("tmux attach");
});

test("while no job runs, or there is no Slurm, a command runs where it is", async () => {
  const script = `PATH=/bin:/usr/bin\nsqueue() { return 1; }\n${enterJob(cluster({}))}\n/bin/echo "[$within]" 2>/dev/null`;
  const shell = Bun.spawn(["/bin/sh", "-c", script.replace(" | head -n 1", "")], { stdout: "pipe" });
  expect(await new Response(shell.stdout).text()).toBe("[]\n");
});
