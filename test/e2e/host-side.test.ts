import { expect, test } from "bun:test";
import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identityOf } from "../../src/system/processes/identity.ts";
import { demoSandbox } from "./agents.ts";
import { type Answer, machine } from "./machines.ts";

const key = "0123456789abcdef01234567";
const owners = { one: "11111111-1111-4111-8111-111111111111", other: "22222222-2222-4222-8222-222222222222" };

const branchesOf = (answer: Answer, list: "agents" | "failures") =>
  (answer[list] as { readonly branch: string }[]).map(({ branch }) => branch);

test("a machine says what it bears, makes one mirror however often it is asked, and agents from what was pushed", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  const host = machine(box, "host");
  expect(await host.call("host_look", { key })).toEqual({
    mirror: null,
    taken: [],
    agents: [],
    running: 0,
    most: null,
    processors: expect.any(Number),
    load: expect.any(Number),
    memory_bytes: expect.any(Number),
    memory_available: expect.any(Number),
    disk_bytes: expect.any(Number),
    disk_available: expect.any(Number),
  });
  const { mirror } = await host.call("host_prepare", { key, committer: { name: "Ann", email: "ann@example.com" } });
  expect(await host.call("host_prepare", { key })).toEqual({ mirror });
  const commit = await project.git("rev-parse", "HEAD");
  await project.git("push", "--quiet", `${mirror}`, "HEAD:refs/fleet/in/operation-1");
  const made = await host.call("host_launch", {
    ...{ key, pushed: "operation-1", owner: owners.one, commit, commit_name: "main" },
    agents: ["x-A1", "x-A2"].map((branch) => ({ branch, prompt: "note", batch: "x" })),
  });
  expect(made).toEqual({
    agents: ["x-A1", "x-A2"].map((branch) =>
      expect.objectContaining({ branch, repo: mirror, base: commit, base_branch: "main", owner: owners.one }),
    ),
    failures: [],
  });
  expect(await host.call("host_look", { key })).toMatchObject({ mirror, taken: ["x-A1", "x-A2"], running: 2 });
  const refs = (await project.git("ls-remote", `${mirror}`)).split("\n").map((row) => row.split("\t")[1]);
  expect(refs).toEqual([`refs/fleet/have/${owners.one}`, ...["x-A1", "x-A2"].map((name) => `refs/heads/${name}`)]);
});

test("two who use one machine never get the same name, and the agents of one are not touched by the other", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  const host = machine(box, "host");
  const { mirror } = await host.call("host_prepare", { key });
  const commit = await project.git("rev-parse", "HEAD");
  await project.git("push", "--quiet", `${mirror}`, "HEAD:refs/fleet/in/operation-1", "HEAD:refs/fleet/in/operation-2");
  const launch = (pushed: string, owner: string, branches: readonly string[]) =>
    host.call("host_launch", {
      ...{ key, pushed, owner, commit },
      agents: branches.map((branch) => ({ branch, batch: "b" })),
    });
  const made = await Promise.all([
    launch("operation-1", owners.one, ["same", "mine"]),
    launch("operation-2", owners.other, ["same", "theirs"]),
  ]);
  expect(made.flatMap((answer) => branchesOf(answer, "agents")).sort()).toEqual(["mine", "same", "theirs"]);
  expect(made.flatMap((answer) => branchesOf(answer, "failures"))).toEqual(["same"]);
  const failure = made.flatMap((answer) => answer.failures as Answer[])[0];
  expect(failure).toMatchObject({ code: "name-taken", message: "the branch same is taken on this machine" });
});

test("what is left of a name that never came to be is free again, and what was not pushed makes no agent", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  const host = machine(box, "host");
  const { mirror } = await host.call("host_prepare", { key });
  const commit = await project.git("rev-parse", "HEAD");
  const input = { key, pushed: "operation-1", owner: owners.one, commit, agents: [{ branch: "fix", batch: "b" }] };
  expect(await host.refused("host_launch", input)).toMatchObject({ code: "not-arrived" });
  await project.git("push", "--quiet", `${mirror}`, "HEAD:refs/fleet/in/operation-1");
  await project.git("-C", `${mirror}`, "update-ref", "refs/fleet/names/fix", commit);
  expect(branchesOf(await host.call("host_launch", input), "agents")).toEqual(["fix"]);
});

test("a name that is reserved by a process that has died is free again at once, one by a process that runs is not", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  const host = machine(box, "host");
  const { mirror } = await host.call("host_prepare", { key });
  const commit = await project.git("rev-parse", "HEAD");
  await project.git("push", "--quiet", `${mirror}`, "HEAD:refs/fleet/in/operation-1");
  const identity = await identityOf(process.pid);
  const reserve = async (branch: string, by: object) => {
    const note = join(box.root, branch);
    writeFileSync(note, JSON.stringify({ owner: owners.other, at: new Date().toISOString(), process: by }));
    const blob = await project.git("-C", `${mirror}`, "hash-object", "-w", "--", note);
    await project.git("-C", `${mirror}`, "update-ref", `refs/fleet/names/${branch}`, blob);
  };
  await reserve("left", { ...identity, start: "0" });
  await reserve("held", { ...identity });
  const agents = ["left", "held"].map((branch) => ({ branch, batch: "b" }));
  const made = await host.call("host_launch", { key, pushed: "operation-1", owner: owners.one, commit, agents });
  expect(branchesOf(made, "agents")).toEqual(["left"]);
  expect(branchesOf(made, "failures")).toEqual(["held"]);
});

test("what was pushed more than a day ago and never asked for is gone after the next launch, and nothing else is", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  const host = machine(box, "host");
  const { mirror } = await host.call("host_prepare", { key });
  const commit = await project.git("rev-parse", "HEAD");
  const push = (...names: readonly string[]) =>
    project.git("push", "--quiet", `${mirror}`, ...names.map((name) => `HEAD:refs/fleet/in/${name}`));
  const age = (file: string) => {
    const time = new Date(Date.now() - 25 * 3_600_000);
    utimesSync(join(`${mirror}`, file), time, time);
  };
  await push("packed-long-ago");
  await project.git("-C", `${mirror}`, "pack-refs", "--all");
  const recent = Array.from({ length: 20 }, (_, index) => `recent-${index + 10}`);
  await push("long-ago", "long-ago.conversation", ...recent, "operation-1");
  for (const file of ["packed-refs", "refs/fleet/in/long-ago", "refs/fleet/in/long-ago.conversation"]) age(file);
  const agents = [{ branch: "fix", batch: "b" }];
  await host.call("host_launch", { key, pushed: "operation-1", owner: owners.one, commit, agents });
  const left = (await project.git("ls-remote", `${mirror}`, "refs/fleet/in/*")).split("\n");
  expect(left).toEqual(recent.map((name) => `${commit}\trefs/fleet/in/${name}`));
});

test("a clock that was set forward makes nothing abandoned: neither what was just pushed, nor a name, nor what was answered", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  const host = machine(box, "host");
  const { mirror } = await host.call("host_prepare", { key });
  const commit = await project.git("rev-parse", "HEAD");
  await project.git("push", "--quiet", `${mirror}`, "HEAD:refs/fleet/in/other-push", "HEAD:refs/fleet/in/operation-1");
  const before = new Date(Date.now() - 30 * 24 * 3_600_000);
  utimesSync(join(`${mirror}`, "refs/fleet/in/other-push"), before, before);
  const note = join(box.root, "note");
  const by = await identityOf(process.pid);
  writeFileSync(note, JSON.stringify({ owner: owners.other, at: before.toISOString(), process: by }));
  const blob = await project.git("-C", `${mirror}`, "hash-object", "-w", "--", note);
  await project.git("-C", `${mirror}`, "update-ref", "refs/fleet/names/held", blob);
  const answered = join(host.home, ".ai_fleet/journal/answered");
  const kept = readdirSync(answered);
  for (const name of kept) utimesSync(join(answered, name), before, before);
  const agents = ["fix", "held"].map((branch) => ({ branch, batch: "b" }));
  const made = await host.call("host_launch", { key, pushed: "operation-1", owner: owners.one, commit, agents });
  expect(branchesOf(made, "agents")).toEqual(["fix"]);
  expect(branchesOf(made, "failures")).toEqual(["held"]);
  expect(await project.git("ls-remote", `${mirror}`, "refs/fleet/in/*")).toBe(`${commit}\trefs/fleet/in/other-push`);
  expect(readdirSync(answered)).toEqual(expect.arrayContaining(kept));
});
