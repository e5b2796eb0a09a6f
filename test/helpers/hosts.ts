import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import type { Sandbox } from "./sandbox.ts";
import { eventually } from "./wait.ts";

const shells = { bash: "/bin/bash", zsh: "/bin/zsh", fish: "/usr/bin/fish", sh: "/bin/sh" } as const;

/** A machine of its own as far as ssh and fleet can tell: another home, another tmux server, a login shell of its choice. */
export interface TestHost {
  readonly name: string;
  /** Its home as the tests see it: with a small disk that leads into where the disk is mounted. */
  readonly home: string;
  /** What is typed after `ssh`, as it stands in the configuration. */
  readonly ssh: string;
  /** The same on a command line. */
  readonly words: readonly string[];
  /** Its part of `config.toml`. */
  readonly table: string;
  /** Where the commands of its user are looked for first. */
  readonly bin: string;
  /** Ends the server, and all connections to it where `also` says so. */
  stop(also?: "connections"): Promise<void>;
  /** Stops the server and its connections without ending them, as a cut cable does; with `no more` they go on. */
  hang(over?: "no more"): void;
  /** Starts the server again on the same port. */
  start(): Promise<void>;
}

export interface HostOptions {
  readonly shell?: keyof typeof shells;
  /** Lines of the server's configuration, before ours. */
  readonly server?: readonly string[];
  /** Lines of the client's configuration, before ours. */
  readonly client?: readonly string[];
  /** Its home is a disk of its own, of this size as mount(8) reads it, that only its logins see; on Linux alone. */
  readonly disk?: string;
}

/**
 * Starts a real sshd for each name, as the user who runs the tests, and lets the user of the sandbox know their keys.
 *
 * ```ts
 * const { gpu1 } = await hosts(box, { gpu1: { shell: "fish" } });
 * await box.fleet(["hosts", "add", "gpu1", ...gpu1.words]);
 * ```
 */
export async function hosts<Name extends string>(
  box: Sandbox,
  wanted: Readonly<Record<Name, HostOptions>>,
): Promise<Readonly<Record<Name, TestHost>>> {
  const folder = join(box.root, "hosts");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keys = ["user", "machine"].map((name) => join(folder, name));
  for (const key of keys) await box.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key]);
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const started = await Promise.all(
    Object.entries<HostOptions>(wanted).map(async ([name, options]) => [name, await startHost(box, name, options)]),
  );
  return Object.fromEntries(started);
}

/** Writes the tables of hosts into the configuration of the sandbox's user, beside what is there. */
export function configureHosts(box: Sandbox, added: readonly TestHost[]): void {
  const file = join(box.home, ".ai_fleet/config.toml");
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  appendFileSync(file, added.map(({ table }) => table).join("\n"), { mode: 0o600 });
}

/** Puts the program of the sandbox where `fleet hosts add` would, without copying it. */
export function provideProgram({ bin }: Sandbox, { home }: Pick<TestHost, "home">): void {
  const folder = join(home, ".ai_fleet/bin");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  symlinkSync(realpathSync(join(bin, "fleet")), join(folder, "fleet"));
}

async function startHost(box: Sandbox, name: string, options: HostOptions): Promise<TestHost> {
  const root = join(box.root, "hosts", name);
  const [home, bin, temporary] = ["home", "bin", "tmp"].map((part) => join(root, part)) as [string, string, string];
  for (const path of [home, bin, temporary]) mkdirSync(path, { recursive: true, mode: 0o700 });
  const disk = options.disk === undefined ? undefined : await mountDisk(box, home, options.disk);
  const seenHome = disk === undefined ? home : `/proc/${disk}/root${home}`;
  const port = await freePort();
  const server = join(root, "sshd_config");
  const shell = shells[options.shell ?? "bash"];
  writeFileSync(server, serverConfig(box, { root, home, temporary, shell, port, extra: options.server ?? [] }));
  writeProfiles(seenHome, bin, [join(box.root, "bin")]);
  const enter = disk === undefined ? "" : `nsenter --target ${disk} --user --mount --preserve-credentials `;
  writeScript(join(root, "login"), `#!/bin/sh\nPATH=${bin}:$PATH exec ${enter}${shell} -c "$SSH_ORIGINAL_COMMAND"\n`);
  const client = join(box.root, "hosts", `${name}.ssh`);
  writeFileSync(client, clientConfig(box, { name, port, extra: options.client ?? [] }));
  const { start, stop, hang } = serverAt(box, server, port);
  await start();
  const words = ["-F", client, name];
  const ssh = words.join(" ");
  return {
    name,
    home: seenHome,
    bin,
    ssh,
    words: ["--", ...words],
    table: `[hosts.${name}]\nssh = ${JSON.stringify(ssh)}\n`,
    start,
    stop,
    hang,
  };
}

/** Mounts a disk for a process that only holds it, as whoever needs no rights for that, and returns its id: logins enter where it is. */
async function mountDisk(box: Sandbox, path: string, size: string): Promise<number> {
  const mounted = `${path}.mounted`;
  const script = 'mount -t tmpfs -o "size=$2,mode=700" none "$1" && touch "$3" && exec sleep infinity';
  const { pid } = box.program(["unshare", "-rm", "sh", "-c", script, "sh", path, size, mounted]);
  await eventually(() => existsSync(mounted), { what: `a disk at ${path}` });
  return pid;
}

interface ServerOptions {
  readonly root: string;
  readonly home: string;
  readonly temporary: string;
  readonly shell: string;
  readonly port: number;
  readonly extra: readonly string[];
}

function serverConfig(box: Sandbox, { root, home, temporary, shell, port, extra }: ServerOptions): string {
  const { GIT_CONFIG_SYSTEM, GIT_CONFIG_GLOBAL, LC_ALL, TZ } = box.env;
  const variables = {
    ...{ HOME: home, SHELL: shell, TMPDIR: temporary, TMUX_TMPDIR: temporary, AI_FLEET_TMUX_SOCKET: "host" },
    ...{ GIT_CONFIG_SYSTEM, GIT_CONFIG_GLOBAL, LC_ALL, TZ },
  };
  return [
    ...extra,
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${join(box.root, "hosts/machine")}`,
    `AuthorizedKeysFile ${join(box.root, "hosts/user.pub")}`,
    "StrictModes no",
    "UsePAM no",
    "PidFile none",
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "PrintMotd no",
    // The account of the tests has one login shell; this is what sshd would do for an account with another.
    `ForceCommand ${join(root, "login")}`,
    // Of several lines only the first would count.
    `SetEnv ${Object.entries(variables)
      .map(([variable, value]) => `${variable}=${value}`)
      .join(" ")}`,
    "",
  ].join("\n");
}

function clientConfig(
  box: Sandbox,
  { name, port, extra }: { readonly name: string; readonly port: number; readonly extra: readonly string[] },
): string {
  const known = join(box.root, "hosts/known");
  const key = join(box.root, "hosts/machine.pub");
  writeFileSync(known, `* ${readFileSync(key, "utf8").split(" ").slice(0, 2).join(" ")}\n`);
  return [
    `Host ${name}`,
    ...extra,
    "HostName 127.0.0.1",
    `Port ${port}`,
    `IdentityFile ${join(box.root, "hosts/user")}`,
    "IdentitiesOnly yes",
    `UserKnownHostsFile ${known}`,
    "GlobalKnownHostsFile none",
    "StrictHostKeyChecking yes",
    "",
  ].join("\n");
}

/** What a user's start-up files are for: login shells find their programs. */
function writeProfiles(home: string, ...folders: readonly (string | readonly string[])[]): void {
  const path = folders.flat().join(":");
  for (const name of [".profile", ".zprofile"]) writeFileSync(join(home, name), `PATH=${path}:$PATH\nexport PATH\n`);
  mkdirSync(join(home, ".config/fish"), { recursive: true });
  writeFileSync(join(home, ".config/fish/config.fish"), `set -gx PATH ${folders.flat().join(" ")} $PATH\n`);
}

function serverAt(box: Sandbox, config: string, port: number) {
  let pid: number | undefined;
  return {
    async start() {
      const program = Bun.which("sshd", { PATH: "/usr/sbin:/usr/local/sbin:/sbin:/usr/bin" });
      if (program === null) throw new Error("the tests of hosts need sshd; run scripts/setup sshd");
      const server = box.program([program, "-D", "-e", "-f", config]);
      pid = server.pid;
      await eventually(() => listens(port), { what: `sshd on port ${port}` });
    },
    hang(over?: "no more") {
      if (pid === undefined) return;
      for (const each of [pid, ...childrenOf(pid)]) send(each, over === undefined ? "SIGSTOP" : "SIGCONT");
    },
    async stop(also?: "connections") {
      if (pid === undefined) return;
      const connections = also === "connections" ? await childrenAtRest(pid) : [];
      for (const each of [pid, ...connections]) send(each, "SIGKILL");
      await eventually(async () => !(await listens(port)), { what: `no sshd on port ${port}` });
    },
  };
}

/** A connection may end by itself just before it is to be ended. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** A connection is a process of its own below the server, in a session of its own. */
function childrenOf(pid: number): number[] {
  const { stdout } = Bun.spawnSync(["pgrep", "-P", `${pid}`]);
  return stdout.toString().split("\n").filter(Boolean).map(Number);
}

/** The connections of a server that takes no more: one that it took meanwhile would be missed, and outlive it. */
async function childrenAtRest(pid: number): Promise<number[]> {
  send(pid, "SIGSTOP");
  const state = () => Bun.spawnSync(["ps", "-o", "stat=", "-p", `${pid}`]).stdout.toString();
  await eventually(() => /^(?:T|$)/.test(state()), { what: `sshd ${pid} to rest` });
  return childrenOf(pid);
}

async function listens(port: number): Promise<boolean> {
  const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } }).catch(() => undefined);
  socket?.end();
  return socket !== undefined;
}

/**
 * A port that nobody listens on, below those that the system hands to whoever connects to anything: one of these may be another's when the
 * server starts again.
 */
async function freePort(): Promise<number> {
  const port = 10_000 + Math.floor(Math.random() * 20_000);
  const isFree = await new Promise<boolean>((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
  return isFree ? port : freePort();
}

function writeScript(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}
