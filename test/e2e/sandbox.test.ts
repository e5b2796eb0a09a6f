import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import { engines } from "../helpers/engines.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { agentDirectory, agentFile, agentOn, demoSandbox, fleetHome } from "./agents.ts";

const inBubblewrap = ["--sandbox", "bubblewrap"];
const isolating = ["bubblewrap", ...engines] as const;

/** The status of an agent as the list has it. */
async function statusOf(box: Awaited<ReturnType<typeof demoSandbox>>, cwd: string, branch: string): Promise<string> {
  const { stdout } = await box.fleet(["list", branch, "--json"], { cwd });
  return (JSON.parse(stdout) as { agents: { status: string }[] }).agents[0]?.status ?? "";
}

for (const kind of isolating) {
  test(`an agent in ${kind} is steered as one without, and its commits reach the branch outside`, async () => {
    await using box = await demoSandbox();
    const project = await box.repository();
    const at = { cwd: project.path };
    const untilIdle = (subject: string) =>
      eventually(async () => (await statusOf(box, project.path, "a")) === "idle" && (await last()) === subject, {
        what: `the commit ${subject} to be on the branch`,
      });
    const last = () => project.git("log", "-1", "--format=%s", "a");
    await box.fleet(["create", "a", "-p", "one", "--sandbox", kind], at).expect({
      stdout: "a\n",
      stderr: new RegExp(`\\n {2}agent {3}demo, never asks, ${kind} {2}\\[TIME\\]\\na is working\\.\\n`),
    });
    await untilIdle("demo: one");
    await box.fleet(["prompt", "a", "two"], at).expect({ stdout: "  a  submitted\n" });
    await untilIdle("demo: two");
    expect(await project.git("fsck", "--strict")).toBe("");
    await box.fleet(["exec", "a", "--", "git", "log", "-1", "--format=%s"], at).expect({ stdout: "demo: two\n" });
    await box.fleet(["stop", "a"], at).expect({ stdout: "  a  stopped\n" });
    await box.fleet(["resume", "a"], at).expect({ stdout: "  a  resumed  started anew\n" });
    await untilIdle("demo: two");
    expect(agentOn(box, "a")).toMatchObject({ sandbox: { kind, network: "full", mounts: [] } });
    await box.fleet(["prompt", "a", "three"], at).expect({ stdout: "  a  submitted\n" });
    await untilIdle("demo: three");
    await box.fleet(["kill", "a"], at).expect({
      stdout: "  a  ended  branch kept  3 commits of its own\n",
      stderr: "1 of 1 ended. Undo: fleet restore a\n",
    });
    expect(await project.git("log", "--format=%s", "a")).toBe("demo: three\ndemo: two\ndemo: one\nfirst");
    await box.untilNothingRuns();
  });
}

for (const kind of isolating) {
  test(`an agent in ${kind} that is interrupted breaks off its turn and takes the next prompt`, async () => {
    await using box = await demoSandbox();
    const project = await box.repository();
    const at = { cwd: project.path };
    await box.fleet(["create", "a", "-p", "work 600", "--sandbox", kind], at);
    await untilDemoInside(box, "working");
    await box.fleet(["interrupt", "a"], at).expect({ stdout: "  a  interrupted\n" });
    await box.fleet(["prompt", "a", "two"], at).expect({ stdout: "  a  submitted\n" });
    const subject = async () => {
      // Its commits are taken over by whoever looks.
      await box.fleet(["list"], at);
      return project.git("log", "-1", "--format=%s", "a");
    };
    await eventually(async () => (await subject()) === "demo: two", { what: "the next prompt to be done" });
  });
}

test("what an agent left staged and unsaved in its sandbox is saved by kill and comes back", async () => {
  await using box = await demoSandbox("keep_trees = 0\n");
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "a", ...inBubblewrap], at);
  const write = "echo staged >s && git add s && echo changed >s && echo new >n";
  await box.fleet(["exec", "a", "--", "sh", "-c", write], at).expect({});
  await box.fleet(["kill", "a"], at).expect({ stdout: /2 unsaved files/, stderr: /Undo/ });
  await box.fleet(["restore", "a", "--no-resume"], at);
  const { worktree } = agentOn(box, "a");
  expect(await project.git("-C", worktree, "show", ":s")).toBe("staged");
  expect(["s", "n"].map((name) => readFileSync(join(worktree, name), "utf8"))).toEqual(["changed\n", "new\n"]);
});

for (const kind of isolating) {
  test(`everything that an agent starts in ${kind} ends with it, whatever it has left behind`, async () => {
    await using box = await demoSandbox('[agents.stubborn]\ncommand = "stubborn"\n');
    const project = await box.repository();
    const at = { cwd: project.path };
    box.executable(
      "stubborn",
      `#!/bin/sh
  trap '' TERM HUP INT
  (setsid env -i sleep 61 &) &
  nohup sleep 62 >/dev/null 2>&1 &
  touch started
  while :; do sleep 63; done
  `,
    );
    await box.fleet(["create", "a", "--agent", "stubborn", "--sandbox", kind], at);
    const { worktree } = agentOn(box, "a");
    await eventually(() => existsSync(join(worktree, "started")), { what: "the agent to have started all" });
    await box.fleet(["kill", "a"], at).expect({ stdout: /^ {2}a {2}ended/, stderr: /Undo/ });
    await box.untilNothingRuns();
  });
}

for (const kind of isolating) {
  test(`${kind} shows neither the home nor the main checkout, but programs and what sandbox_mounts names`, async () => {
    await using box = await demoSandbox(`sandbox = "${kind}"\nsandbox_mounts = ["~/tools", "~/cache:rw"]\n`);
    const project = await box.repository();
    for (const name of ["tools", "cache", ".ssh"]) {
      mkdirSync(join(box.home, name));
      writeFileSync(join(box.home, name, "x"), name);
    }
    box.executable("mine", "#!/bin/sh\n");
    const at = { cwd: project.path };
    await box.fleet(["create", "a"], at);
    const look = `cat ~/tools/x; echo more >>~/cache/x; cat ${box.home}/tools/x; ls -A ${box.home} ${box.home}/code/project; ls ${fleetHome(box)}`;
    await box.fleet(["exec", "a", "--", "sh", "-c", `${look}; command -v mine`], at).expect({
      stdout: `toolstools[ROOT]/home:\n.ai_fleet\ncache\ncode\ntools\n\n[ROOT]/home/code/project:\n.git\nagents\nworktrees\n[ROOT]/bin/mine\n`,
    });
    expect(readFileSync(join(box.home, "cache", "x"), "utf8")).toBe("cachemore\n");
    await box.fleet(["exec", "a", "--outside", "--", "cat", join(box.home, ".ssh/x")], at).expect({ stdout: ".ssh\n" });
  });
}

for (const kind of isolating) {
  test(`setup commands run in ${kind}, and network = none leaves it no network`, async () => {
    await using box = await demoSandbox(
      `sandbox = "${kind}"\nnetwork = "none"\nsetup_commands = ["ls ${"$"}HOME/.. >seen; cat /proc/net/dev >net"]\n`,
    );
    const project = await box.repository();
    await box.fleet(["create", "a"], { cwd: project.path });
    const { worktree } = agentOn(box, "a");
    expect(readFileSync(join(worktree, "seen"), "utf8")).toContain("home\n");
    const devices = readFileSync(join(worktree, "net"), "utf8").split("\n").slice(2, -1);
    expect(devices.map((line) => line.split(":")[0]?.trim())).toEqual(["lo"]);
  });
}

for (const kind of isolating) {
  test(`with network = proxy an agent in ${kind} reaches what network_allow names, and logs show what was refused`, async () => {
    using server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("reached\n") });
    const { port } = server;
    await using box = await demoSandbox(
      `sandbox = "${kind}"\nnetwork = "proxy"\nnetwork_allow = ["localhost:${port}"]\nports_per_agent = 0\n`,
    );
    const project = await box.repository();
    const at = { cwd: project.path };
    await box
      .fleet(["create", "a", "-p", "one"], at)
      .expect({ stdout: "a\n", stderr: new RegExp(`${kind}, network by proxy`) });
    await untilDemoInside(box, "idle");
    const get = (place: string) => `printf 'GET http://${place}/ HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' >&3; tail -n 1 <&3`;
    const ask = (place: string) => `exec 3<>/dev/tcp/127.0.0.1/3128 && ${get(place)}`;
    const around = `(exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null && echo reached`;
    const inside = `${ask(`localhost:${port}`)}; ${ask("a.example")}; ${around}; echo $HTTPS_PROXY`;
    await box.fleet(["exec", "a", "--", "bash", "-c", inside], at).expect({
      stdout: "reached\nfleet: a.example:80 is not in network_allow\nhttp://127.0.0.1:3128\n",
    });
    await box.fleet(["logs", "a"], at).expect({
      stdout: /> one/,
      stderr: /^a: network_allow does not name a\.example:80; to let new agents go there, run fleet config edit\n$/,
    });
    await box.fleet(["kill", "a"], at).expect({ stdout: /^ {2}a {2}ended/, stderr: /Undo/ });
    await eventually(async () => (await box.processes()).length === 0, { what: "the helpers to end" });
  });
}

test("behind a proxy of the user's own, network = proxy reaches through that what network_allow names, and no more", async () => {
  const heads: string[] = [];
  const upstream = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, bytes) {
        heads.push(bytes.toString("latin1").replace(/\r\n/g, "|"));
        socket.end(heads.length === 1 ? "HTTP/1.1 200 fine\r\n\r\nthrough\n" : "HTTP/1.1 403 no\r\n\r\nnot here\n");
      },
    },
  });
  await using box = await demoSandbox(
    'sandbox = "bubblewrap"\nnetwork = "proxy"\nnetwork_allow = ["a.example", "b.example"]\n',
  );
  const proxy = `http://me:w%6Frd@127.0.0.1:${upstream.port}`;
  Object.assign(box.env, { HTTPS_PROXY: proxy, HTTP_PROXY: proxy, NO_PROXY: "localhost" });
  const project = await box.repository();
  const at = { cwd: project.path };
  try {
    await box.fleet(["create", "a"], at);
    const ask = (line: string) =>
      `exec 3<>/dev/tcp/127.0.0.1/3128; printf '${line} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' >&3; tail -n 1 <&3`;
    const lines = ["CONNECT a.example:443", "CONNECT b.example:443", "GET http://b.example/x", "CONNECT c.example:443"];
    await box.fleet(["exec", "a", "--", "bash", "-c", lines.map(ask).join("; ")], at).expect({
      stdout: [
        "through",
        `fleet: b.example:443 cannot be reached: the proxy 127.0.0.1:${upstream.port} refused it (403)`,
        "not here",
        "fleet: c.example:443 is not in network_allow\n",
      ].join("\n"),
    });
    await box.fleet(["kill", "a"], at).expect({ stdout: /^ {2}a {2}ended/, stderr: /Undo/ });
    await eventually(async () => (await box.processes()).length === 0, { what: "the helpers to end" });
  } finally {
    upstream.stop(true);
  }
  const who = `Proxy-Authorization: Basic ${btoa("me:word")}`;
  expect(heads).toEqual([
    `CONNECT a.example:443 HTTP/1.1|Host: a.example:443|${who}||`,
    `CONNECT b.example:443 HTTP/1.1|Host: b.example:443|${who}||`,
    `GET http://b.example/x HTTP/1.1|${who}|Host: x|Connection: close||`,
  ]);
});

/** Waits until the demo agent in a sandbox says this word of itself. */
async function untilDemoInside(box: Sandbox, word: string): Promise<void> {
  await eventually(() => agentFile(box, "a", "inside/status")?.startsWith(word) === true, { what: `it to be ${word}` });
}

test("behind a proxy of SOCKS, network = proxy is refused before anything is made, but not past one", async () => {
  await using box = await demoSandbox(
    'sandbox = "bubblewrap"\nnetwork = "proxy"\nnetwork_allow = ["*.a.example", "b.example:8443"]\n',
  );
  box.env.ALL_PROXY = "socks5h://me:word@127.0.0.1:1080";
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "a"], at).expect({
    code: 2,
    stderr:
      '✗ ALL_PROXY names no proxy of http or https, the only ones that network = "proxy" goes through\n' +
      "  to go through one of http, put HTTPS_PROXY=http://HOST:PORT before the command; to leave it all of the network, add --network full\n",
  });
  await expectNothingLeft(box, project);
  box.env.NO_PROXY = "a.example,b.example";
  await box.fleet(["create", "a"], at).expect({ stdout: "a\n", stderr: /network by proxy/ });
  await box.fleet(["kill", "a"], at).expect({ stdout: /^ {2}a {2}ended/, stderr: /Undo/ });
  await eventually(async () => (await box.processes()).length === 0, { what: "the helpers to end" });
});

test("a sandbox that is not installed is refused before anything is made", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  box.env.PATH = box.bin;
  for (const tool of ["git", "tmux", "sh"]) if (!existsSync(join(box.bin, tool))) box.provide(`/usr/bin/${tool}`, tool);
  await box.fleet(["create", "a", ...inBubblewrap], { cwd: project.path }).expect({
    code: 3,
    stderr:
      "✗ the sandbox bubblewrap does not work here: not installed\n" +
      "  to get it: apt install bubblewrap, dnf install bubblewrap or pacman -S bubblewrap; to do without, add --sandbox none\n",
  });
  await expectNothingLeft(box, project);
});

test("amounts that are none are refused", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  for (const [option, value, example] of [
    ["--memory", "lots", "512M"],
    ["--cpus", "0", "1.5"],
    ["--pids", "-1", "500"],
  ] as const) {
    await box.fleet(["create", "a", `${option}=${value}`], at).expect({
      code: 2,
      stderr: `✗ ${option} does not take "${value}"\n  an example: ${option} ${example}\n`,
    });
  }
});

test("a login that was renewed inside comes home, a link or another shape in its place does not", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  const login = join(box.home, ".claude", ".credentials.json");
  mkdirSync(join(box.home, ".claude"));
  writeFileSync(login, '{"claudeAiOauth":{"accessToken":"old","refreshToken":"r1"}}');
  chmodSync(login, 0o600);
  box.executable("claude", '#!/bin/sh\n[ "$1" = --version ] || exec sleep 60\n');
  await box.fleet(["create", "a", "--agent", "claude", ...inBubblewrap], at);
  const inside = join(agentDirectory(box, "a"), "inside/home/.claude/.credentials.json");
  expect(readFileSync(inside, "utf8")).toBe(readFileSync(login, "utf8"));
  const renewed = '{"claudeAiOauth":{"accessToken":"new","refreshToken":"r2"}}';
  await box.fleet(["exec", "a", "--", "sh", "-c", `echo '${renewed}' >~/.claude/.credentials.json`], at);
  await box.fleet(["stop", "a"], at);
  expect(readFileSync(login, "utf8")).toBe(`${renewed}\n`);
  await box.fleet(["exec", "a", "--", "sh", "-c", "echo '{\"other\":1}' >~/.claude/.credentials.json"], at);
  await box.fleet(["stop", "a"], at);
  expect(readFileSync(login, "utf8")).toBe(`${renewed}\n`);
});

test("what an agent in a sandbox puts in place of its own files is neither followed nor waited for", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "a", ...inBubblewrap], at);
  await box.fleet(["create", "b"], at);
  const status = join(agentDirectory(box, "a"), "inside", "status");
  for (const command of [`mkfifo ${status}`, `ln -s /dev/zero ${status}`, `mkdir ${status}`]) {
    await box.fleet(["exec", "a", "--", "sh", "-c", `rm -rf ${status}; ${command}`], at).expect({});
    await box.fleet(["list", "-q"], at).expect({ stdout: /^(?:[ab]\n){2}$/ });
  }
});

test("nothing of an agent in bubblewrap outlives the tmux server, and kill finds nothing left to end", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "a", "-p", "work 60", ...inBubblewrap, "--memory", "200M"], at);
  await eventually(() => agentFile(box, "a", "inside/status")?.startsWith("working") === true, { what: "it to work" });
  await box.tmux.kill();
  await eventually(async () => (await box.processes()).length === 0, { what: "all processes to be gone" });
  await box.fleet(["kill", "a"], at).expect({ stdout: /^ {2}a {2}ended/, stderr: /Undo/ });
});

for (const kind of isolating) {
  test(`an agent in ${kind} goes on from what was committed outside, and keeps its stash over a kill`, async () => {
    await using box = await demoSandbox();
    const project = await box.repository();
    const at = { cwd: project.path };
    const inside = (command: string) => box.fleet(["exec", "a", "--", "sh", "-c", command], at);
    await box.fleet(["create", "a", "--sandbox", kind], at);
    await inside("echo 1 >one && git add one && git commit -qm one && echo 2 >two").expect({});
    await box.fleet(["merge", "a", "--commit"], at);
    await inside("git status --short && echo 3 >three && git add three && git commit -qm three").expect({});
    await inside("git config user.nickname x && git gc -q && echo 4 >four && git add four && git stash -q").expect({});
    await box.fleet(["list"], at);
    const subjects = await project.git("log", "--format=%s", "a");
    expect(subjects.split("\n")).toEqual(["three", "Work of a", "one", "first"]);
    expect(await project.git("config", "--default", "none", "user.nickname")).toBe("none");
    await box.fleet(["kill", "a"], at);
    await project.git("gc", "-q", "--prune=now");
    await box.fleet(["restore", "a"], at);
    await inside("git stash pop -q && cat four").expect({ stdout: "4\n" });
  });
}

for (const kind of isolating) {
  test(`what an agent made is tested in ${kind}, also merged with what is new`, async () => {
    await using box = await demoSandbox();
    const project = await box.repository();
    const at = { cwd: project.path };
    await box.fleet(["create", "a", "--sandbox", kind], at);
    await box.fleet(["exec", "a", "--", "sh", "-c", "echo 1 >one && git add one && git commit -qm one"], at);
    writeFileSync(join(project.path, "new"), "new\n");
    await project.git("add", "new");
    await project.git("commit", "-qm", "new");
    const outside = join(box.home, "seen");
    writeFileSync(outside, "");
    const look = `test ! -e ${outside} && test -e one`;
    await box.fleet(["test", "a", "--", "sh", "-c", look], at).expect({ stdout: /passed/, stderr: /.*/ });
    const seen = ["--", "test", "-e", outside];
    await box.fleet(["test", "a", "--outside", ...seen], at).expect({ stdout: /passed/, stderr: /.*/ });
    await box.fleet(["test", "a", ...seen], at).expect({ code: 1, stdout: /failed/, stderr: /.*/ });
    const pick = ["pick", "a", "--test", look];
    expect(await box.fleet(pick, at)).toMatchObject({ code: 0 });
    expect(await project.git("log", "-1", "--format=%s", "--", "one")).not.toBe("");
  });
}

for (const kind of engines) {
  test(`nothing in ${kind} outlives the tmux server, and what the engine was left with is removed by list --repair alone`, async () => {
    await using box = await demoSandbox();
    const project = await box.repository();
    const at = { cwd: project.path };
    await box.fleet(["create", "a", "-p", "work 60", "--sandbox", kind], at);
    const { id } = agentOn(box, "a");
    await eventually(() => agentFile(box, "a", "inside/status")?.startsWith("working") === true, {
      what: "it to work",
    });
    await box.tmux.kill();
    await eventually(async () => (await box.processes()).length === 0, { what: "all processes to be gone" });
    await box.fleet(["kill", "a"], at).expect({ stdout: /^ {2}a {2}ended/, stderr: /Undo/ });
    const create = (owner: string) =>
      box.run([
        "sh",
        "-c",
        `${kind} create --label ai-fleet.agent=${id} --label ai-fleet.owner=${owner} ${nothing[kind]}`,
      ]);
    const [left, foreign] = [await create(join(fleetHome(box), "agents")), await create("/elsewhere")];
    try {
      await box.fleet(["list", "--repair"], at).expect({
        stderr: new RegExp(`^container ${left.stdout.slice(0, 12)} of ${kind} removed; its agent was killed\\n`),
      });
      expect(await box.run([kind, "inspect", foreign.stdout.trim()])).toMatchObject({ code: 0 });
    } finally {
      await box.run([kind, "rm", "-f", foreign.stdout.trim()]);
    }
  });
}

/** A container that is never started needs nothing to start from. */
const nothing = { podman: "--rootfs / /bin/true", docker: "ai-fleet/empty:1 /bin/true" } as const;
