import { expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fetchWork } from "../../src/api/across/fetch.ts";
import { launchAcross } from "../../src/api/across/launch.ts";
import { moveAgent } from "../../src/api/across/move.ts";
import { surveyMachines } from "../../src/api/across/survey.ts";
import { statePlaces } from "../../src/fleet/fleet.ts";
import { awayAgents } from "../../src/state/away.ts";
import { readJournal } from "../../src/state/journal.ts";
import { readRegistry } from "../../src/state/registry.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentOn, demoSandbox, fleetHome, textOf } from "./agents.ts";
import { fleetIn, machine, reached } from "./machines.ts";

const request = (branch: string, prompt = "note") => ({
  ...{ branch, prompt, agent: undefined, from: undefined, mustBeNew: true, quick: false, batch: "x" },
});
/** The process that has begun what is in the journal is gone. */
function noteDead(box: Sandbox): void {
  const folder = join(fleetHome(box), "journal");
  for (const name of readdirSync(folder)) {
    const { owner, ...operation } = JSON.parse(textOf(join(folder, name)));
    writeFileSync(join(folder, name), JSON.stringify({ ...operation, owner: { ...owner, start: "0" } }));
  }
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `x-A${index + 1}`);

test("agents are spread over machines, each gets one push, and their work comes back with what is unsaved", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  const fleet = await fleetIn(box, project.path);
  const [one, two, three] = ["one", "two", "three"].map((name) => machine(box, name));
  if (one === undefined || two === undefined || three === undefined) throw new Error("three machines are three");
  const field = await surveyMachines(fleet, [
    reached(one, { slots: 1 }),
    reached(two, { slots: 2 }),
    reached(three, { slots: 2 }),
  ]);
  const { launched, failures } = await launchAcross(
    fleet,
    field,
    names(5).map((name) => request(name)),
    { detach: false },
  );
  expect(failures).toEqual([]);
  expect(Map.groupBy(launched, ({ host }) => host).get("one")).toHaveLength(1);
  expect(launched.map(({ entry }) => entry.branch).sort()).toEqual(names(5));
  expect(new Set(launched.map(({ entry }) => entry.repo))).toEqual(new Set([project.path]));
  const own = awayAgents(statePlaces(fleet)).filter(({ host }) => host === "three");
  expect(own).toHaveLength(2);
  const [first] = own;
  if (first === undefined) throw new Error("there are two");
  writeFileSync(join(first.entry.worktree, "unsaved.txt"), "not committed\n");
  const fetched = await fetchWork(fleet, reached(three), own);
  expect(fetched.failures).toEqual([]);
  const [work] = fetched.agents.filter(({ entry }) => entry.id === first.entry.id).map((agent) => agent.work);
  expect(await project.git("show", `refs/fleet/hosts/three/${first.entry.branch}:unsaved.txt`)).toBe("not committed");
  expect(work?.unsaved).toBe(1);
  expect(await project.git("rev-parse", `${work?.commit}^`)).toBe(`${work?.head}`);
});

test("a machine that breaks off takes only its own agents with it, and the next launch knows what is taken", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  const fleet = await fleetIn(box, project.path);
  const [good, bad] = [machine(box, "good"), machine(box, "bad")];
  const machines = [reached(good, { slots: 2 }), reached(bad, { slots: 2, broken: (row) => row === "host_launch" })];
  const first = await launchAcross(
    fleet,
    await surveyMachines(fleet, machines),
    names(4).map((name) => request(name)),
    { detach: false },
  );
  expect(first.launched.map(({ host }) => host)).toEqual(["good", "good"]);
  expect(first.failures.map(({ host, error }) => [host, error.code])).toEqual([
    ["bad", "host-unreachable"],
    ["bad", "host-unreachable"],
  ]);
  const again = await surveyMachines(fleet, [reached(good), reached(bad)]);
  const taken = first.launched.map(({ entry }) => entry.branch);
  expect([...again.taken].sort()).toEqual(taken.sort());
  await expect(launchAcross(fleet, again, [request(`${taken[0]}`)], { detach: false })).rejects.toMatchObject({
    code: "names-taken",
  });
  const rest = first.failures.map(({ branch }) => request(branch));
  const second = await launchAcross(fleet, again, rest, { detach: false });
  expect(second.failures).toEqual([]);
});

test("too few slots are said before anything is made, and one silent machine of several is left out", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  const fleet = await fleetIn(box, project.path);
  const small = machine(box, "small");
  const machines = [reached(small, { slots: 1 }), reached(machine(box, "dead"), { broken: () => true })];
  const field = await surveyMachines(fleet, machines);
  expect(fleet.told).toEqual([{ kind: "warning", text: "left out: dead cannot be reached" }]);
  expect(
    launchAcross(
      fleet,
      field,
      names(2).map((name) => request(name)),
      { detach: false },
    ),
  ).rejects.toMatchObject({
    message: "the hosts have room for 1 of the 2 agents",
    output: "small: 1 free, 0 running",
  });
  expect(await small.call("host_look", { key: field.key })).toMatchObject({ mirror: null, running: 0 });
});

test("when the link breaks in a move nobody guesses: the agent stays stopped, and the same move finds out", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await box.fleet(["create", "fix"], { cwd: project.path });
  const fleet = await fleetIn(box, project.path);
  const host = machine(box, "host");
  const entry = readRegistry(statePlaces(fleet)).find(({ branch }) => branch === "fix");
  if (entry === undefined) throw new Error("it was made");
  const lost = moveAgent(fleet, { entry }, reached(host, { deaf: (row) => row === "host_take" }));
  await expect(lost).rejects.toMatchObject({ code: "move-untold" });
  const { stdout } = await box.fleet(["list", "--json"], { cwd: project.path });
  expect(JSON.parse(stdout).agents).toMatchObject([{ branch: "fix", status: "stopped" }]);
  expect(agentOn(box, "fix").id).toBe(entry.id);
  noteDead(box);
  await box.fleet(["resume", "fix"], { cwd: project.path }).expect({
    code: 1,
    stderr:
      /fix may run on another machine(?:.*\n)*.*run fleet move fix --host host; to give the move up, run fleet list --repair --abandon /,
  });
  await expect(moveAgent(fleet, { entry }, reached(machine(box, "third")))).rejects.toMatchObject({
    hint: expect.stringContaining("fleet move fix --host host"),
  });
  const moved = await moveAgent(fleet, { entry }, reached(host));
  expect(moved).toMatchObject({ host: "host", warnings: [] });
  expect(readRegistry(statePlaces(fleet))).toEqual([]);
  expect(await host.call("list", { all_repositories: true })).toMatchObject({
    agents: [{ branch: "fix", id: entry.id }],
  });
  expect(readJournal(statePlaces(fleet))).toEqual([]);
});

test("a move that nobody can finish any more is given up by its id, and the agent goes on here", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await box.fleet(["create", "fix"], { cwd: project.path });
  const fleet = await fleetIn(box, project.path);
  const entry = readRegistry(statePlaces(fleet)).find(({ branch }) => branch === "fix");
  if (entry === undefined) throw new Error("it was made");
  const lost = moveAgent(fleet, { entry }, reached(machine(box, "host"), { broken: (row) => row === "host_take" }));
  await expect(lost).rejects.toMatchObject({ code: "move-untold" });
  noteDead(box);
  const [operation] = readJournal(statePlaces(fleet));
  const given = await box.fleet(["list", "--repair", "--abandon", `${operation?.id}`], { cwd: project.path });
  expect(given.stderr).toContain(`gave up the move of fix in ${project.path}`);
  await box.fleet(["resume", "fix"], { cwd: project.path }).expect({ code: 0, stdout: /fix {2}resumed/, stderr: "" });
});
