import { expect, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { meanwhile } from "../helpers/meanwhile.ts";
import type { Repository } from "../helpers/repository.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import {
  agentDirectory,
  agentFile,
  agentOn,
  demoSandbox,
  ended,
  fleetHome,
  registered,
  untilDemo,
  writeConfig,
} from "./agents.ts";

/** A create in another repository that died while git was adding its worktree. */
async function interruptedCreate(box: Sandbox, project: Repository): Promise<void> {
  const slow = join(box.bin, "git");
  const reached = join(box.root, "reached");
  writeFileSync(
    slow,
    `#!/bin/sh\ncase "$*" in *"worktree add"*) : >"${reached}"; exec sleep 30 ;; esac\nexec /usr/bin/git "$@"\n`,
    {
      mode: 0o755,
    },
  );
  const dying = box.start(["create", "dead"], { cwd: project.path });
  await eventually(() => existsSync(reached), { what: "git to be reached" });
  dying.signal("SIGKILL");
  await dying.ended();
  // The script says where it is before it becomes what it waits in.
  const waiting = await eventually(async () => (await box.processes()).find(({ command }) => command === "sleep 30"), {
    what: "git to wait",
  });
  process.kill(waiting.pid);
  renameSync(slow, `${slow}.slow`);
}

/** The id of the only operation in the journal. */
function operationIn(box: Sandbox): string {
  return (readdirSync(join(fleetHome(box), "journal"))[0] ?? "").replace(".json", "");
}

const damage: Readonly<Record<string, { readonly break: (path: string) => void; readonly words: string }>> = {
  "a broken configuration": {
    break: (path) => appendFileSync(join(path, ".git/config"), "[[[\n"),
    words: "git rev-parse failed: fatal: bad config line ",
  },
  "no HEAD": {
    break: (path) => renameSync(join(path, ".git/HEAD"), join(path, "HEAD")),
    words: "git does not see a repository in [ROOT]/home/code/other",
  },
  "been moved away": {
    break: (path) => renameSync(path, `${path}.away`),
    words: "[ROOT]/home/code/other is not there",
  },
};

for (const [what, { break: damaged, words }] of Object.entries(damage)) {
  test(`an interrupted create in a repository that has ${what} waits, and stops nothing else`, async () => {
    await using box = await demoSandbox();
    const other = await box.repository("other");
    const project = await box.repository("project");
    const at = { cwd: project.path };
    await interruptedCreate(box, other);
    damaged(other.path);
    const id = operationIn(box);
    const { stderr, code } = await box.fleet(["create", "mine"], at);
    expect(code).toBe(0);
    const said = stderr.replaceAll(box.root, "[ROOT]").replace(/\d+ in file.*?;/, "");
    expect(said).toContain(`  ! the interrupted create of dead in [ROOT]/home/code/other waits: ${words}`);
    expect(said).toContain(`to give it up, run fleet list --repair --abandon ${id}\n`);
    await box.fleet(["kill", "mine"], at).expect({ ...ended("mine"), stderr: /waits:.*\n1 of 1 ended/s });
    expect(operationIn(box)).toBe(id);
    await box
      .fleet(["list", "--repair", "--abandon", id], at)
      .expect({ stderr: /^gave up the create of dead in .*other\n/ });
    expect(operationIn(box)).toBe("");
    await box.fleet(["list"], at).expect({ stderr: /^no agents here/ });
  });
}

test("what cannot be read of one agent, or one repository, is named and kept, and all others are seen and go", async () => {
  await using box = await demoSandbox();
  const [other, project] = [await box.repository("other"), await box.repository("project")];
  const at = { cwd: project.path };
  await box.fleet(["create", "one"], { cwd: other.path });
  for (const branch of ["two", "three"]) await box.fleet(["create", branch], at);
  appendFileSync(join(other.path, ".git/config"), "[[[\n");
  const replace = (path: string) => {
    rmSync(path, { force: true });
    mkdirSync(path);
  };
  for (const path of [
    join(project.path, ".git/worktrees/two/HEAD"),
    join(agentDirectory(box, "three"), "known-before.json"),
  ])
    replace(path);
  const head = "[ROOT]/home/code/project/.git/worktrees/two/HEAD is not a file";
  const { stdout } = await box.fleet(["list", "-A", "--json"], at);
  const reasons = JSON.parse(stdout).agents.map((agent: Record<string, string>) => [agent.branch, agent.reason]);
  expect(Object.fromEntries(reasons)).toEqual({
    one: expect.stringMatching(/^git for-each-ref failed: fatal: bad config line/),
    two: head.replace("[ROOT]", box.root),
    three: null,
  });
  const killed = await box.fleet(["kill", "-A", "*", "-y"], at);
  expect(killed.code).toBe(1);
  const rows = killed.stdout.trim().split("\n");
  expect(rows.map((row) => row.trim().replaceAll(box.root, "[ROOT]").split(/ {2,}/).slice(0, 3))).toEqual([
    ["one", "kept", expect.stringMatching(/^git rev-parse failed: fatal: bad config line/)],
    ["two", "kept", expect.stringMatching(/^git \S+ failed: /)],
    ["three", "ended", "branch deleted"],
  ]);
  const [left, last] = killed.stderr.trimEnd().split("\n");
  expect(left).toMatch(
    /what was made in \S+ while it lived is not known: \S+known-before\.json is not a file; to see /,
  );
  expect(last).toBe("1 of 3 ended. Undo: fleet restore --last");
  expect((await box.fleet(["doctor"], at)).stdout).toMatch(
    /✗ +repository +\S+other cannot be read: git rev-parse failed: fatal: bad config line .* to mend it, run vi /,
  );
});

test("an interrupted create is settled as soon as its repository is back", async () => {
  await using box = await demoSandbox();
  const other = await box.repository("other");
  const project = await box.repository("project");
  await interruptedCreate(box, other);
  renameSync(other.path, `${other.path}.away`);
  await box.fleet(["list"], { cwd: project.path }).expect({ stderr: /is not there/ });
  renameSync(`${other.path}.away`, other.path);
  await box
    .fleet(["list"], { cwd: project.path })
    .expect({ stderr: /^dead: its creation was interrupted; what was there of it is gone\n/ });
  expect(await other.git("branch", "--list", "dead")).toBe("");
});

test("a tmux that outlives the create that asked it for a session is waited for, and its agent is in the list", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "first"], at);
  const [trace, go] = ["trace", "go"].map((name) => join(box.root, name)) as [string, string];
  meanwhile(box, { tool: "tmux", words: "*new-session*" }, `kill -9 $PPID; until [ -e "${go}" ]; do sleep 0.02; done`);
  await box.start(["create", "fix"], at).ended();
  const settling = box.start(["list", "--repair"], { ...at, env: { AI_FLEET_TRACE: trace } });
  await eventually(() => readFileSync(trace, "utf8").includes(" list-panes "), { what: "a look at the sessions" });
  writeFileSync(go, "");
  await settling.ended().expect({
    stdout: /./,
    stderr: /^fix: its creation was interrupted after it had started; it is in the list now\n/,
  });
  await box.fleet(["list", "-q", "--sort", "branch"], at).expect({ stdout: "first\nfix\n" });
  await untilDemo(box, "fix", "idle");
});

test("a living operation of another machine is left alone, and can be given up by the name of the machine", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await interruptedCreate(box, project);
  const file = join(fleetHome(box), "journal", `${operationIn(box)}.json`);
  const operation = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...operation, owner: { ...operation.owner, machine: "other-machine" } }));
  await box.fleet(["list"], at).expect({ stderr: /^no agents here/ });
  expect(existsSync(file)).toBe(true);
  const named = {
    code: 1,
    stderr:
      `✗ the create of dead in [ROOT]/home/code/project was begun by another machine or container (other-machine), which may be at it\n` +
      `  if that is gone, run fleet list --repair --abandon [ID1]\n`,
  };
  for (const verb of ["create", "kill", "stop", "logs", "path", "prompt"]) {
    await box.fleet([verb, "dead", ...(verb === "prompt" ? ["hello"] : [])], at).expect(named);
  }
  await box
    .fleet(["list", "--repair", "--abandon", "other-machine"], at)
    .expect({ stderr: /^gave up the create of dead in / });
  expect(existsSync(file)).toBe(false);
});

test("an agent whose kill was broken off on another machine is still there, and ends when it is killed here", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  await untilDemo(box, "fix", "idle");
  meanwhile(box, { tool: "tmux", words: "*kill-session*" }, "kill -9 $PPID");
  await box.start(["kill", "fix"], at).ended();
  const file = join(fleetHome(box), "journal", `${operationIn(box)}.json`);
  const operation = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...operation, owner: { ...operation.owner, machine: "other-machine" } }));
  await box.fleet(["list", "-q"], at).expect({ stdout: "fix\n" });
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  const refused = await box.fleet(["restore", "fix"], at);
  expect(refused.stderr).toContain("the kill of fix in [ROOT]".replace("[ROOT]", box.root));
  const [, line = ""] = /run fleet (list --repair --abandon \S+)$/m.exec(refused.stderr) ?? [];
  await box.fleet(line.split(" "), at).expect({ stderr: /^gave up the kill of fix in / });
  await box.fleet(["restore", "fix"], at).expect({ stdout: /^ {2}fix {2}restored / });
});

test("the limit of agents holds when many are started at once, and counts those that run", async () => {
  await using box = await demoSandbox("max_agents = 2\n");
  const project = await box.repository();
  const at = { cwd: project.path };
  const results = await Promise.all(["a", "b", "c", "d"].map((branch) => box.fleet(["create", branch], at)));
  expect(results.map(({ code }) => code).sort()).toEqual([0, 0, 1, 1]);
  expect(registered(box).length).toBe(2);
  const [first = "", second = ""] = registered(box)
    .map(({ branch }) => branch)
    .sort();
  await box.fleet(["stop", first], at).expect({ stdout: `  ${first}  stopped\n` });
  await box.fleet(["create", "next"], at).expect({ stdout: /./, stderr: /next is/ });
  await box.fleet(["resume", first], at).expect({
    code: 1,
    stderr: /max_agents is 2, and 2 agents run already/,
  });
  expect([second, "next"].map((branch) => agentOn(box, branch).branch)).toEqual([second, "next"]);
});

test("a reference-transaction hook that hangs holds nothing up once the user has enough", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  const reached = join(box.root, "reached");
  const hook = project.hook("reference-transaction", `: >"${reached}"; exec sleep 60`);
  const creating = box.start(["create", "slow"], at);
  await eventually(() => existsSync(reached), { what: "the hook" });
  creating.signal("SIGTERM");
  await creating.ended().expect({ code: 143, stderr: /interrupted|terminated/ });
  rmSync(hook);
  expect(await project.git("branch", "--list", "slow")).toBe("");
  expect(await project.git("worktree", "list")).not.toContain("slow");
  expect((await box.run(["find", join(project.path, ".git"), "-name", "*.lock"])).stdout).toBe("");
});

test("waiting for the lock of a repository ends with Ctrl-C, and the next command goes on", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["multi", "one:sleep", "two:sleep"], at);
  const lock = join(project.path, ".git/ai-fleet.lock");
  writeFileSync(lock, JSON.stringify({ pid: 1, start: "1", boot: "x", namespace: "x", machine: "other-machine" }));
  const killing = box.start(["kill", "one"], at);
  await eventually(() => killing.stderr.includes("waiting for another fleet command"), {
    what: "the waiting to be said",
  });
  killing.signal("SIGINT");
  const { code, stderr } = await killing.ended();
  expect(code).toBe(130);
  expect(stderr).toContain(
    "(process 1 of another container or machine, other-machine; it is waited for while it shows signs of life,",
  );
  await box.run(["rm", lock]);
  await box.fleet(["list"], at).expect({ stdout: /two/, stderr: /^one: ending it was interrupted; it is gone now\n/ });
});

test("an answer that cannot be written is told on standard error, without a stack trace", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const expected = {
    code: 1,
    stderr: "✗ standard output cannot be written: ENOSPC: no space left on device, write\n",
  };
  for (const words of ["list --json", "list -q --json", "doctor"]) {
    await box.run(["sh", "-c", `fleet ${words} >/dev/full`], { cwd: project.path }).expect(expected);
  }
});

test("a tmux server that hangs keeps its own agents out of reach, and no others, for a few seconds", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "seen"], at);
  const socket = `${box.tmux.socket}-hung`;
  await box.fleet(["create", "unseen"], { ...at, env: { ...box.env, AI_FLEET_TMUX_SOCKET: socket } });
  const { stdout: pid } = await box.run(["tmux", "-S", socket, "display-message", "-p", "#{pid}"]);
  process.kill(Number(pid), "SIGSTOP");
  try {
    const silent = "tmux did not answer within 5 s";
    const verbs = [
      ["wait", "unseen"],
      ["attach", "unseen"],
      ["prompt", "unseen", "go on"],
      ["stop", "unseen"],
    ];
    const listing = box.fleet(["list", "--json"], at);
    const answers = await Promise.all([...verbs, ["prune"]].map((words) => box.fleet(words, at)));
    const { agents } = JSON.parse((await listing).stdout);
    const status = Object.fromEntries(
      agents.map((agent: { branch: string; status: string; reason: string }) => [
        agent.branch,
        [agent.status, agent.reason],
      ]),
    );
    expect(status.unseen).toEqual(["unknown", `tmux did not answer within 5 s (socket ${socket})`]);
    expect(status.seen[0]).not.toBe("unknown");
    for (const { command, stdout, stderr } of answers) {
      expect([command, (stdout + stderr).includes(silent)]).toEqual([command, true]);
    }
    expect(answers.map(({ code }) => code)).toEqual([1, 1, 1, 1, 0]);
    await box.fleet(["kill", "seen", "unseen"], at).expect({
      code: 1,
      stdout: new RegExp(`seen +ended .*\\n +unseen +kept +${silent} \\(socket .*\\) +to check tmux`),
      stderr: "1 of 2 ended. Undo: fleet restore --last\n",
    });
  } finally {
    process.kill(Number(pid), "SIGCONT");
    await box.run(["tmux", "-S", socket, "kill-server"]);
  }
});

test("a tmux socket that was deleted below its server is said, with the line that has it made again", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  await untilDemo(box, "fix", "idle");
  rmSync(box.tmux.socket);
  const { stderr } = await box.fleet(["attach", "fix"], at).expect({
    code: 1,
    stderr: /its tmux server was deleted; to make that again, run kill -USR1 \d+/,
  });
  const [, line = ""] = /run (kill -USR1 \d+)/.exec(stderr) ?? [];
  const { stdout: examined } = await box.fleet(["doctor"], at);
  expect(examined).toContain(line);
  await box.run(["sh", "-c", line]).expect();
  await eventually(() => existsSync(box.tmux.socket), { what: "tmux to make its socket again" });
  await box.fleet(["list"], at).expect({ stdout: / fix {2}idle /, stderr: "1 agent\n" });
});

test("hooks of the user that open panes and windows in a new session do not take the place of the agent", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.tmux.run(["new-session", "-d", "-s", "mine"]);
  await box.tmux.run(["set-hook", "-g", "after-new-session", "split-window -d 'sleep 60' ; new-window 'sleep 60'"]);
  await box.fleet(["create", "fix"], at);
  await untilDemo(box, "fix", "idle");
  await box.fleet(["list"], at).expect({ stdout: / fix {2}idle /, stderr: "1 agent\n" });
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
});

test("a pane that the user opened beside an agent outlives its ends, also one that is asked for in that pane", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const { session } = agentOn(box, "fix");
  const pane = await box.tmux.run([
    "split-window",
    "-d",
    "-P",
    "-F",
    "#{pane_id}",
    "-t",
    `=${session}:`,
    "-c",
    project.path,
    "sh",
  ]);
  const { stderr } = await box.fleet(["stop", "fix"], at);
  const sessionOf = async () => box.tmux.run(["display-message", "-p", "-t", pane, "#{session_name}"]);
  const left = await sessionOf();
  expect(left).toStartWith(`${session}-left`);
  expect(stderr).toContain(
    `  ! ${session}: a pane that was opened beside the agent stays, in the tmux session ${left}; to end it, run tmux -S ${box.tmux.socket} kill-session -t ${left}\n`,
  );
  expect((await box.fleet(["resume", "fix"], at)).code).toBe(0);
  const { session: again } = agentOn(box, "fix");
  const beside = await box.tmux.run([
    "new-window",
    "-d",
    "-a",
    "-P",
    "-F",
    "#{pane_id}",
    "-t",
    `=${again}:`,
    "-c",
    project.path,
    "sh",
  ]);
  await box.tmux.run(["send-keys", "-t", beside, `fleet kill fix && echo done > ${box.home}/killed`, "Enter"]);
  await eventually(() => existsSync(join(box.home, "killed")), { what: "the kill from the window beside" });
  expect(registered(box)).toEqual([]);
  expect((await box.tmux.panes()).map(({ id }) => id).sort()).toEqual([pane, beside].sort());
});

test("a pane that the user moved into a session of their own stays the agent's, and ends alone", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  await untilDemo(box, "fix", "idle");
  const mine = await box.tmux.run(["new-session", "-d", "-P", "-F", "#{pane_id}", "-s", "mine", "sleep 600"], box.home);
  await box.tmux.run(["join-pane", "-d", "-s", `=${agentOn(box, "fix").session}:`, "-t", mine]);
  await box.fleet(["list"], at).expect({ stdout: / fix {2}idle /, stderr: "1 agent\n" });
  await box.fleet(["prompt", "fix", "hello"], at).expect({ stdout: "  fix  submitted\n" });
  const [pid = ""] = agentFile(box, "fix", "pid")?.split(/\s/) ?? [];
  await box
    .fleet(["kill", "fix"], at)
    .expect({ stdout: /fix +ended/, stderr: "1 of 1 ended. Undo: fleet restore fix\n" });
  expect(existsSync(`/proc/${pid}`)).toBe(false);
  expect((await box.tmux.panes()).map(({ id }) => id)).toEqual([mine]);
});

test("an agent ends although the socket of its tmux server was deleted", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  await box.fleet(["create", "fix"], { cwd: project.path });
  await untilDemo(box, "fix", "idle");
  const [pid = ""] = agentFile(box, "fix", "pid")?.split(/\s/) ?? [];
  const server = await box.tmux.run(["display-message", "-p", "#{pid}"]);
  rmSync(box.tmux.socket);
  await box
    .fleet(["kill", "fix"], { cwd: project.path })
    .expect({ stdout: /fix +ended/, stderr: "1 of 1 ended. Undo: fleet restore fix\n" });
  expect(existsSync(`/proc/${pid}`)).toBe(false);
  process.kill(Number(server), "SIGUSR1");
  await eventually(() => existsSync(box.tmux.socket), { what: "tmux to make its socket again" });
});

test("a tmux that ends when nobody is attached is named by create and doctor, with the line that mends it", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.terminal(["env", "-u", "TMUX", "tmux", "-S", box.tmux.socket, "new-session", "-s", "mine"]);
  await eventually(async () => (await box.tmux.run(["list-clients"])) !== "", { what: "a client" });
  await box.tmux.run(["set-option", "-s", "exit-unattached", "on"]);
  const { stderr } = await box.fleet(["create", "fix"], at);
  expect(stderr).toContain("  ! tmux ends all agents as soon as nobody is attached (exit-unattached is on)");
  const { stdout } = await box.fleet(["doctor"], at);
  expect(stdout).toMatch(/✗ +sessions +tmux ends with all agents .* run tmux set -s exit-unattached off/);
  await box.tmux.run(["set-option", "-s", "exit-unattached", "off"]);
});

test("doctor names what was interrupted and waits, and mirrors that would publish saved work", async () => {
  await using box = await demoSandbox();
  const other = await box.repository("other");
  const project = await box.repository("project");
  await interruptedCreate(box, other);
  renameSync(other.path, `${other.path}.away`);
  const copy = join(box.root, "copy.git");
  await project.git("init", "-q", "--bare", copy);
  await project.git("remote", "add", "--mirror=push", "copy", copy);
  await project.git("update-ref", "refs/fleet/saved/one", "HEAD");
  const { stdout } = await box.fleet(["doctor"], { cwd: project.path });
  const id = operationIn(box);
  expect(stdout).toMatch(
    new RegExp(`✗ +operation +the create of dead in .*other is half done +.* fleet list --repair --abandon ${id}\n`),
  );
  const [, line = "false"] = /- +remote +copy is a mirror: .*to push all but those, run (.*)\n/.exec(stdout) ?? [];
  await box.run(["sh", "-c", line], { cwd: project.path }).expect({});
  await project.git("push", "-q", "copy");
  expect(await project.git("-C", copy, "for-each-ref", "--format=%(refname)")).toBe("refs/heads/main");
});

test("a daemon that left the agent and cleared its environment is named with the line that ends it", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const { worktree } = agentOn(box, "fix");
  const daemon = "setsid -f env -i /bin/sh -c 'echo $$; exec sleep 60 >/dev/null 2>&1'";
  const pid = Number((await box.run(["sh", "-c", daemon], { cwd: worktree })).stdout);
  try {
    const { stderr, code } = await box.fleet(["kill", "fix"], at);
    expect(code).toBe(0);
    expect(stderr).toContain(
      `  ! fix: sleep (${pid}) still works in its worktree, and nothing proves that the agent started it; to end it, run kill ${pid}\n`,
    );
  } finally {
    process.kill(pid);
  }
});

test("a repository that git cannot read, and an engine of containers, keep neither a repair nor an overlap from the others", async () => {
  await using box = await demoSandbox();
  const other = await box.repository("other");
  const project = await box.repository("project");
  const at = { cwd: project.path };
  await box.fleet(["create", "b"], { cwd: other.path });
  for (const branch of ["a1", "a2"]) await box.fleet(["create", branch], at);
  await box.tmux.run(["rename-session", "-t", "=ai_a1", "mine"]);
  const settings = join(other.path, ".git/config");
  appendFileSync(settings, "[[[\n");
  const line = readFileSync(settings, "utf8").split("\n").length - 1;
  const why = `git rev-parse failed: fatal: bad config line ${line} in file .git/config`;
  const mend = `to mend it, run vi +${line} [ROOT]/home/code/other/.git/config`;
  writeFileSync(join(box.bin, "docker"), "#!/bin/sh\necho 'no daemon' >&2\nexit 1\n", { mode: 0o755 });
  await box.fleet(["list", "--repair", "-q"], { ...at, env: { AI_FLEET_SANDBOX: "docker" } }).expect({
    code: 1,
    stdout: /^a[12]\na[12]\n$/,
    stderr: [
      "a1: its session is called mine now",
      `[ROOT]/home/code/other: left as it is, with b: ${why}; ${mend}`,
      "docker: left as it is: docker did not say which containers it has: no daemon; to see whether it runs, run docker info",
      "",
    ].join("\n"),
  });
  expect(agentOn(box, "a1").session).toBe("mine");
  await box.fleet(["overlap", "-A"], at).expect({
    code: 1,
    stderr: `2 agents, 1 pair: 0 would conflict, 0 touch the same files and merge cleanly.\n✗ b: ${why}\n  ${mend}\n`,
  });
  const { repositories, failures } = JSON.parse((await box.fleet(["overlap", "-A", "--json"], at)).stdout);
  expect(repositories.map(({ repo, agents }: { repo: string; agents: string[] }) => [repo, agents.length])).toEqual([
    [other.path, 0],
    [project.path, 2],
  ]);
  expect(failures).toMatchObject([{ branch: "b", kind: "failed", hint: mend.replace("[ROOT]", box.root) }]);
  // Whoever is in that repository sees all others, and its line but once, wherever in it that is.
  const seen = { code: 1, stdout: /^(?:a[12]\n|b\n){3}$/ };
  await box.fleet(["list", "--repair", "-A", "-q"], { cwd: agentOn(box, "b").worktree }).expect({
    ...seen,
    stderr: `[ROOT]/home/code/other: left as it is, with b: ${why}; ${mend}\n`,
  });
  const inside = { cwd: join(other.path, "inside") };
  const { id } = agentOn(box, "a1");
  mkdirSync(inside.cwd);
  await box
    .fleet(["list", "-q"], inside)
    .expect({ code: 1, stderr: new RegExp(`  ${mend.replace(/[+[\].]/g, "\\$&")}\n$`) });
  await box.fleet(["kill", "-A", "a1"], inside).expect({ stdout: /a1 +ended/, stderr: /^1 of 1 ended/ });
  writeFileSync(settings, readFileSync(settings, "utf8").replace("[[[\n", ""));
  const listed = `case $1 in ps) echo ${"c".repeat(64)} ;; inspect) echo ${"c".repeat(64)} ${id} ;; *) echo stuck >&2; exit 1 ;; esac`;
  writeFileSync(join(box.bin, "docker"), `#!/bin/sh\n${listed}\n`);
  await box.tmux.run(["rename-session", "-t", "=ai_a2", "mine too"]);
  await box.fleet(["list", "--repair", "-q"], { ...at, env: { AI_FLEET_SANDBOX: "docker" } }).expect({
    code: 1,
    stdout: "a2\n",
    stderr:
      "a2: its session is called mine too now\ncontainer cccccccccccc of docker: could not be put right: docker could not remove a container: stuck\n",
  });
  // What the system refuses there keeps none of the others from coming back.
  await box.fleet(["kill", "-A", "a2", "b"], at).expect({ stdout: /a2 +ended.*\n +b +ended/, stderr: /^2 of 2 ended/ });
  const registrations = join(other.path, ".git/worktrees");
  rmSync(registrations, { recursive: true });
  writeFileSync(registrations, "");
  await box.fleet(["restore", "--last", "--no-resume"], at).expect({
    code: 1,
    // Which of them ended first is open.
    stdout:
      /^(?=.* b +failed +\[ROOT\]\/home\/code\/other\/\.git\/worktrees: file already exists )(?=.* a2 +restored )/s,
  });
});

test("a typo in the configuration stops what changes something, and nothing that only looks", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const file = writeConfig(box, 'max_agnets = 3\nport_base = "x"\n').replace(box.root, "[ROOT]");
  const typo = `${file}:1: unknown key "max_agnets"; did you mean "max_agents"?`;
  const looks = ["list", "logs fix", "path fix", "diff fix", "compare", "overlap", "cost", "budget", "metrics"];
  for (const words of [...looks, "restore", "prune", "serve --list"].map((line) => line.split(" "))) {
    const { stderr, code } = await box.fleet(words, at);
    expect([code, stderr.replaceAll(box.root, "[ROOT]").split("\n")[0]]).toEqual([
      0,
      `  ! ${typo}: left out; to fix it, run fleet config edit`,
    ]);
  }
  const { stdout } = await box.fleet(["doctor"], at);
  expect(stdout).toMatch(/✗ +config +.*unknown key "max_agnets"/);
  for (const words of [
    ["create", "other"],
    ["kill", "fix"],
    ["prompt", "fix", "hello"],
  ]) {
    const { stderr, code } = await box.fleet(words, at);
    expect([code, stderr.replaceAll(box.root, "[ROOT]").split("\n")[0]]).toEqual([2, `✗ ${typo}`]);
  }
  writeConfig(box, 'state_fil = "/tmp/elsewhere.json"\n');
  await box.fleet(["list"], at).expect({ code: 2, stderr: /unknown key "state_fil"/ });
});
