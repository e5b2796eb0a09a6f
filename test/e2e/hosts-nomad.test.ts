import { expect, test } from "bun:test";
import { appendFileSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { provideProgram } from "../helpers/hosts.ts";
import { nomad, type TestNomad } from "../helpers/nomad.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { demoSandbox, fleetHome, writeConfig } from "./agents.ts";

/** The program goes over whole, on whatever machine this is. */
const patience = 180_000;

/** A Nomad whose machine has had fleet before: its home has the program. */
function usedNomad(box: Sandbox): TestNomad {
  const lab = nomad(box, "lab");
  configure(box, lab);
  provideProgram(box, lab);
  return lab;
}

/** A user of a Nomad whose agents are demo agents. */
function configure(box: Sandbox, { address, token, home }: TestNomad, more = ""): void {
  const options = `address = "${address}", token_command = "echo ${token}", driver = "raw_exec"${more}`;
  appendFileSync(join(fleetHome(box), "config.toml"), `\n[hosts.lab]\nnomad = { ${options} }\n`);
  mkdirSync(join(home, ".ai_fleet"), { recursive: true, mode: 0o700 });
  writeFileSync(join(home, ".ai_fleet/config.toml"), 'default_agent = "demo"\n');
}

test(
  "a Nomad lends a machine: agents are made, watched, merged and ended there, and nothing of it is left",
  async () => {
    await using box = await demoSandbox();
    const project = await box.repository("project");
    await using lab = nomad(box, "lab");
    configure(box, lab);
    const at = { cwd: project.path, timeoutMs: 120_000 };
    await box
      .fleet(["hosts", "add", "lab"], at)
      .expect({ stdout: /^lab is ready, with fleet \S+\n$/, stderr: /hosts check/ });
    expect(lab.running).toHaveLength(1);
    await box.fleet(["create", "fix", "-p", "note", "--host", "lab", "--wait"], at).expect({
      stdout: /^I noted that in demo-notes\.md and committed it as \[SHA\]\.\n$/,
      stderr: /^lab: fix\n/,
    });
    expect((await box.fleet(["list", "--format", "{{host}} {{branch}} {{status}}"], at)).stdout).toBe("lab fix idle\n");
    expect((await box.fleet(["hosts", "check", "lab"], at)).stdout).toContain(
      `ok  nomad     ${lab.address}, reached in `,
    );
    await box.fleet(["prompt", "fix", "two", "--wait"], at).expect({ stdout: /^I noted that/ });
    expect((await box.fleet(["logs", "fix"], at)).stdout).toContain("> two\n");
    await box
      .fleet(["exec", "fix", "--", "pwd"], at)
      .expect({ stdout: "[ROOT]/nomad/lab/home/.ai_fleet/worktrees/fix\n" });
    expect((await box.fleet(["diff", "fix", "--stat"], at)).stdout).toContain("demo-notes.md | 2 ++\n");
    await box.fleet(["merge", "fix"], at).expect({ stdout: /^ {2}fix {2}merged {2}main is at/, stderr: /Undo/ });
    expect(await project.git("show", "main:demo-notes.md")).toBe("- note\n- two");
    await box.fleet(["hosts", "remove", "lab"], at).expect({ code: 1, stderr: /lab has agents of yours, so it stays/ });
    await box.fleet(["kill", "fix"], at).expect({ stdout: /^ {2}fix {2}ended/, stderr: /1 of 1 ended/ });
    await box.fleet(["hosts", "remove", "lab"], at).expect({ stderr: /lab is in config\.toml/ });
    expect(lab.running).toEqual([]);
  },
  patience,
);

test(
  "what Nomad has no room for is said with its reason, and taken back when nobody waits for it any more",
  async () => {
    await using box = await demoSandbox();
    const project = await box.repository("project");
    await using lab = usedNomad(box);
    lab.setRoom(false);
    const creating = box.start(["create", "fix", "--host", "lab"], { cwd: project.path });
    const queued = /^ *lab: queued in Nomad as fleet-lab\/dispatch-\S+ \(memory on 1 node\)$/m;
    await eventually(() => queued.test(creating.stderr), { what: "the queue to be said" });
    creating.signal("SIGINT");
    await creating.ended().expect({ code: 130, stderr: /interrupted/ });
    expect(lab.running).toEqual([]);
    const again = box.start(["create", "fix", "--host", "lab"], { cwd: project.path });
    await eventually(() => queued.test(again.stderr), { what: "the queue to be said again" });
    lab.setRoom(true);
    await again.ended().expect({ stdout: "fix\n", stderr: /./ });
  },
  patience,
);

test(
  "an allocation that has ended takes no agent from the list, and the next one has those whose home stayed",
  async () => {
    await using box = await demoSandbox();
    const project = await box.repository("project");
    await using lab = usedNomad(box);
    const at = { cwd: project.path, timeoutMs: 120_000 };
    await box.fleet(["create", "fix", "-p", "note", "--host", "lab", "--wait"], at);
    await lab.endTasks();
    const { stdout } = await box.fleet(["list"], at);
    expect(stdout).toMatch(/^ +fix +lab +unknown .* unreachable since \d\d:\d\d /m);
    await box.fleet(["prompt", "fix", "two"], at).expect({
      code: 1,
      stdout:
        /^ {2}fix {2}failed {2}lab cannot be reached: Nomad has no allocation of it that runs .*fleet hosts add lab/,
    });
    await box.fleet(["resume", "fix"], at).expect({ stdout: "  fix  resumed  started anew\n" });
    expect(lab.running).toHaveLength(1);
    await box.fleet(["prompt", "fix", "two", "--wait"], at).expect({ stdout: /^I noted that/ });
  },
  patience,
);

test(
  "what a repository brings is asked about before anything is queued",
  async () => {
    await using box = await demoSandbox();
    const project = await box.repository("project", { files: { ".ai_fleet.toml": 'setup_commands = ["true"]\n' } });
    await using lab = usedNomad(box);
    const create = ["create", "fix", "--host", "lab"];
    await box.fleet(create, { cwd: project.path }).expect({ code: 2, stderr: /has not been accepted/ });
    expect(lab.asked).toEqual([]);
    await box.fleet([...create, "--quick"], { cwd: project.path }).expect({ stdout: "fix\n", stderr: /1 of 1/ });
  },
  patience,
);

test(
  "a machine that was lent stays while others have agents in there, and is forgotten once it has ended",
  async () => {
    await using box = await demoSandbox();
    const project = await box.repository("project");
    await using lab = usedNomad(box);
    const home = join(box.root, "other");
    cpSync(fleetHome(box), home, { recursive: true });
    const at = { cwd: project.path, timeoutMs: 120_000 };
    await box.fleet(["create", "theirs", "--host", "lab"], { ...at, env: { AI_FLEET_HOME: home } });
    await box
      .fleet(["hosts", "remove", "lab"], at)
      .expect({ stderr: /lab: what was lent stays, for others have agents/ });
    expect(lab.running).toHaveLength(1);
    await lab.endTasks();
    await box.fleet(["hosts", "remove", "lab"], at).expect({ stderr: /^ *lab is in config\.toml/ });
  },
  patience,
);

test(
  "links that break in a wait end nothing, and what is asked next goes over new ones",
  async () => {
    await using box = await demoSandbox();
    const project = await box.repository("project");
    await using lab = usedNomad(box);
    const at = { cwd: project.path, timeoutMs: 120_000 };
    await box.fleet(["create", "fix", "-p", "work 600", "--host", "lab"], at);
    const before = lab.asked.length;
    const waiting = box.start(["wait", "fix"], { cwd: project.path });
    await eventually(() => lab.asked.slice(before).some((line) => line.endsWith("/exec")), { what: "the link" });
    lab.breakLinks();
    await box.fleet(["interrupt", "fix"], at).expect({ stdout: "  fix  interrupted\n" });
    await waiting.ended().expect({ stdout: /fix/ });
  },
  patience,
);

test(
  "an agent there is shown on the user's terminal, which may change its size",
  async () => {
    await using box = await demoSandbox();
    const project = await box.repository("project");
    await using _ = usedNomad(box);
    await box.fleet(["create", "fix", "--host", "lab"], { cwd: project.path, timeoutMs: 120_000 });
    const terminal = await box.terminal(["fleet", "attach", "fix"], { cwd: project.path });
    await terminal.waitFor("demo agent: give me a task");
    await terminal.type("hello there");
    await terminal.press("Enter");
    await terminal.waitFor("I noted that in demo-notes.md");
    await terminal.resize(60, 20);
    await terminal.waitFor(/^ fix {2}0:fix\*.{1,48}$/m);
  },
  patience,
);

test(
  "a token that Nomad does not take is said, with what it needs",
  async () => {
    await using box = await demoSandbox();
    const project = await box.repository("project");
    await using lab = nomad(box, "lab");
    configure(box, { ...lab, token: "another" });
    await box.fleet(["create", "fix", "--host", "lab"], { cwd: project.path }).expect({
      code: 1,
      stderr: /lab: Nomad does not let this token do that\n(?:.*\n)*.*set token_command in nomad of \[hosts\.lab\]/,
    });
  },
  patience,
);

test(
  "a host is reached by ssh or by Nomad, and what Nomad is not asked for is named",
  async () => {
    await using box = await demoSandbox();
    const needed = /: ssh (?:in|of) \[hosts\.lab\]: needed, unless nomad is there with an address/;
    for (const [table, words] of [
      [
        'nomad = { address = "https://nomad.lab:4646", memroy = "1G" }',
        /: memroy of nomad .*: expected one of address, /,
      ],
      ['nomad = { address = "nomad.lab:4646" }', needed],
      ["slots = 3", needed],
    ] as const) {
      writeConfig(box, `[hosts.lab]\n${table}\n`);
      await box.fleet(["hosts", "list"]).expect({ stderr: words });
    }
  },
  patience,
);
