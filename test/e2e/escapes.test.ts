import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { landlockVersion } from "../../src/system/landlock.ts";
import { engines } from "../helpers/engines.ts";
import type { Repository } from "../helpers/repository.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentOn, demoSandbox, everythingIn, fleetHome, textOf } from "./agents.ts";

/** Where an attempt is made: two agents of one repository, the first of which tries. */
interface Scene {
  readonly box: Sandbox;
  readonly project: Repository;
  readonly id: string;
  readonly own: string;
  readonly sibling: string;
  /** A process of the user that is no agent's. */
  readonly stranger: number;
}

interface Attempt {
  readonly what: string;
  /** A shell command that ends with 0 when the attempt has succeeded, as seen from inside. */
  readonly inside: (scene: Scene) => string;
  /** Whether it has had an effect outside, whatever it looked like from inside. */
  readonly outside?: (scene: Scene) => Promise<boolean> | boolean;
  /** A write-guard does not cover it. */
  readonly beyondGuard?: true;
}

const secret = "the secret of the user";

/** To write to a file: what counts is what it holds afterwards, for inside there may be another one at its place. */
function writing(what: string, path: (scene: Scene) => string): Attempt {
  const word = `written-by-${what.replace(/\W+/g, "-")}`;
  return {
    what,
    inside: (scene) => `echo ${word} >>${path(scene)}; false`,
    outside: (scene) => textOf(path(scene)).includes(word),
  };
}

/** Where an engine that a user runs for themselves listens. */
function engineSocket(box: Sandbox): string {
  return join(box.home, ".docker", "run", "docker.sock");
}

/** What an agent might try, each with a harmless input. */
const attempts: readonly Attempt[] = [
  writing("write to the main checkout", ({ project }) => join(project.path, "README.md")),
  writing("add a hook to the repository", ({ project }) => join(project.path, ".git", "hooks", "post-commit")),
  {
    what: "change the repository's settings",
    inside: () => "git config core.pager touch; false",
    outside: ({ project }) => textOf(join(project.path, ".git", "config")).includes("pager"),
  },
  writing("write into the worktree of another agent", ({ sibling }) => join(sibling, "x")),
  writing("write to git's directory of another worktree", ({ project }) =>
    join(project.path, ".git", "worktrees", "b", "HEAD"),
  ),
  {
    what: "prune the worktrees of others",
    inside: () => "git worktree prune --expire=now; false",
    outside: ({ project }) => !existsSync(join(project.path, ".git", "worktrees", "b")),
  },
  {
    what: "move the branch main",
    inside: () => "git update-ref refs/heads/main $(git commit-tree -m x HEAD^{tree}); false",
    outside: async ({ project }) => (await project.git("log", "-1", "--format=%s", "main")) === "x",
    beyondGuard: true,
  },
  { what: "read a key in ~/.ssh", inside: ({ box }) => `grep -q secret ${box.home}/.ssh/id`, beyondGuard: true },
  { what: "read the list of agents", inside: ({ box }) => `cat ${fleetHome(box)}/state.json`, beyondGuard: true },
  writing("change the settings of fleet", ({ box }) => join(fleetHome(box), "config.toml")),
  writing("change what its own launcher runs", ({ box, id }) => join(fleetHome(box), "agents", id, "launcher")),
  {
    what: "talk to the tmux server",
    inside: ({ box }) => `tmux -S ${box.tmux.socket} list-sessions`,
    beyondGuard: true,
  },
  {
    what: "talk to an engine for containers by its socket",
    inside: ({ box }) => {
      const places = [engineSocket(box), "/run/docker.sock", "/var/run/docker.sock", "/run/podman/podman.sock"];
      const connect = "import socket,sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])";
      return places.map((path) => `python3 -c '${connect}' ${path} 2>/dev/null`).join(" || ");
    },
    beyondGuard: true,
  },
  { what: "see the processes of the user", inside: ({ stranger }) => `kill -0 ${stranger}` },
  {
    what: "read the environment of another process",
    inside: ({ stranger }) => `cat /proc/${stranger}/environ`,
    // Root may, for it has the capability to measure what others do.
    beyondGuard: true,
  },
  {
    what: "look into the memory of another process",
    inside: ({ stranger }) =>
      `python3 -c 'import ctypes,sys; sys.exit(0 if ctypes.CDLL(None).ptrace(16,${stranger},0,0)==0 else 1)'`,
  },
  { what: "gain privileges by a set-user-ID program", inside: () => "grep -q 'NoNewPrivs:.0' /proc/self/status" },
  { what: "have a capability", inside: () => "! grep -q 'CapEff:.0*$' /proc/self/status", beyondGuard: true },
  { what: "mount something", inside: () => "mkdir -p m && mount -t tmpfs none m && umount m" },
  { what: "make a device", inside: ({ own }) => `mknod ${own}/disk b 8 0`, beyondGuard: true },
  { what: "change a setting of the kernel", inside: () => "cat /proc/sys/kernel/pid_max >/proc/sys/kernel/pid_max" },
  {
    what: "lead git elsewhere with its worktree's files",
    inside: ({ project }) =>
      `for f in commondir gitdir; do echo x >${project.path}/.git/worktrees/a/$f || exit 1; done`,
    outside: ({ project }) => textOf(join(project.path, ".git", "worktrees", "a", "commondir")) === "x\n",
    beyondGuard: true,
  },
  {
    what: "borrow objects of another repository",
    inside: () =>
      "cd $(git rev-parse --git-common-dir)/objects && mv info gone && mkdir info && echo / >info/alternates",
    beyondGuard: true,
  },
  {
    what: "have a program run by a repository in its tree",
    inside: ({ box }) =>
      [
        "git init -q inner && cd inner && git commit -q --allow-empty -m x",
        `git config core.fsmonitor 'touch ${box.root}/pwned; false'`,
        `printf '#!/bin/sh\\ntouch ${box.root}/pwned' >.git/hooks/post-index-change && chmod +x .git/hooks/*`,
        "cd .. && git add inner 2>/dev/null; false",
      ].join("; "),
    outside: async ({ box, project }) => {
      for (const command of [
        ["list", "--fresh"],
        ["diff", "a", "--stat"],
      ])
        await box.fleet(command, { cwd: project.path });
      return existsSync(join(box.root, "pwned"));
    },
  },
  {
    what: "have a secret copied by a link in place of a file",
    inside: ({ box }) => `ln -sf ${box.home}/.ssh/id .env; false`,
    outside: async ({ box, project }) => {
      await box.fleet(["kill", "a", "-y"], { cwd: project.path });
      return everythingIn(fleetHome(box)).some((path) => !path.endsWith(".env") && textOf(path).includes(secret));
    },
  },
];

/** A process that ends with the scope. */
function disposable(child: Bun.Subprocess): Disposable & { readonly pid: number } {
  return { pid: child.pid, [Symbol.dispose]: () => child.kill("SIGKILL") };
}

/** A socket that takes every connection. */
function listening(unix: string): Disposable {
  const listener = Bun.listen({ unix, socket: { data: () => undefined } });
  return { [Symbol.dispose]: () => listener.stop(true) };
}

const isolating = ["bubblewrap", ...engines] as const;
const kinds = landlockVersion() > 0 ? ([...isolating, "write-guard"] as const) : isolating;

for (const kind of kinds) {
  test(`what an agent in ${kind} might try to get out has no effect, but for what is said not to be covered`, async () => {
    await using box = await demoSandbox(`sandbox = "${kind}"\n`);
    const project = await box.repository();
    const at = { cwd: project.path };
    mkdirSync(join(box.home, ".ssh"));
    writeFileSync(join(box.home, ".ssh", "id"), secret);
    writeFileSync(join(project.path, ".env"), "A=1\n");
    writeFileSync(join(project.path, ".git", "info", "exclude"), ".env\n");
    box.env.AI_FLEET_CREDENTIAL_FILES = ".env";
    await box.fleet(["multi", "a:one", "b:two"], at);
    // Nobody else is to be at its index when something is committed there.
    await box.fleet(["wait", "a", "b"], at);
    mkdirSync(join(box.home, ".docker", "run"), { recursive: true });
    using _engine = listening(engineSocket(box));
    using stranger = disposable(Bun.spawn(["sleep", "60"], { env: box.env }));
    const scene: Scene = {
      box,
      project,
      id: agentOn(box, "a").id,
      own: agentOn(box, "a").worktree,
      sibling: agentOn(box, "b").worktree,
      stranger: stranger.pid,
    };
    // That something is refused proves nothing where nothing works.
    await box.fleet(["exec", "a", "--", "sh", "-c", "echo 1 >one && git add one && git commit -qm one"], at).expect({});
    const rows: string[] = [];
    for (const { what, inside, outside, beyondGuard } of attempts) {
      const { code } = await box.fleet(["exec", "a", "--", "sh", "-c", inside(scene)], at);
      const isRefused = code !== 0 && (await outside?.(scene)) !== true;
      rows.push(`${kind}  ${isRefused ? "refused    " : "not covered"}  ${what}`);
      if (kind !== "write-guard" || beyondGuard !== true) expect([what, isRefused]).toEqual([what, true]);
    }
    process.stdout.write(`${rows.join("\n")}\n`);
    expect(readFileSync(join(project.path, "README.md"), "utf8")).toBe("# Project\n");
  });
}

/** The address at which machines in clouds are told their secrets. */
const metadata = "169.254.169.254";

for (const kind of isolating) {
  test(`without the network an agent in ${kind} reaches neither other machines nor those who listen on this one`, async () => {
    await using box = await demoSandbox(`sandbox = "${kind}"\nnetwork = "none"\n`);
    const project = await box.repository();
    const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
    try {
      await box.fleet(["create", "a"], { cwd: project.path });
      const connect = (host: string, port: number) => `(exec 3<>/dev/tcp/${host}/${port}) 2>/dev/null && echo reached`;
      const tries = [connect("127.0.0.1", server.port), connect(metadata, 80)].join("; ");
      await box.fleet(["exec", "a", "--", "bash", "-c", `${tries}; :`], { cwd: project.path }).expect({});
    } finally {
      server.stop(true);
    }
  });

  test(`by its proxy an agent in ${kind} does not reach the address of a cloud's secrets, and logs show that it tried`, async () => {
    await using box = await demoSandbox(`sandbox = "${kind}"\nnetwork = "proxy"\nnetwork_allow = ["a.example"]\n`);
    const project = await box.repository();
    const at = { cwd: project.path };
    await box.fleet(["create", "a"], at);
    const ask = `exec 3<>/dev/tcp/127.0.0.1/3128; printf 'GET http://${metadata}/ HTTP/1.1\\r\\n\\r\\n' >&3; tail -n 1 <&3`;
    await box.fleet(["exec", "a", "--", "bash", "-c", ask], at).expect({
      stdout: `fleet: ${metadata}:80 is not in network_allow\n`,
    });
    await box
      .fleet(["logs", "a"], at)
      .expect({ stdout: /^/, stderr: /network_allow does not name 169\.254\.169\.254:80/ });
  });
}
