import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configureHosts, type HostOptions, hosts, provideProgram, type TestHost } from "../helpers/hosts.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

type DemoHosts<Name extends string> = Readonly<Record<Name, TestHost>> & AsyncDisposable;

/**
 * Hosts that have been used before: fleet and its configuration are there, with `config` in it, and the agent is the demo agent. Their
 * agents end with them.
 */
export async function demoHosts<Name extends string>(
  box: Sandbox,
  names: readonly Name[],
  config = "",
  options: HostOptions = {},
): Promise<DemoHosts<Name>> {
  const found = await hosts(box, Object.fromEntries(names.map((name) => [name, options])) as Record<Name, HostOptions>);
  const all = names.map((name) => found[name]);
  for (const host of all) {
    provideProgram(box, host);
    mkdirSync(join(host.home, ".ai_fleet"), { recursive: true, mode: 0o700 });
    writeFileSync(join(host.home, ".ai_fleet/config.toml"), `default_agent = "demo"\n${config}`);
  }
  configureHosts(box, all);
  const end = async (host: TestHost) => {
    const socket = tmuxSocket(box, host);
    if (socket !== undefined) await box.run(["tmux", "-S", socket, "kill-server"]);
  };
  return { ...found, [Symbol.asyncDispose]: async () => void (await Promise.all(all.map(end))) };
}

/** The process of the tmux server that the agents of a host run in. */
export async function tmuxOf(box: Sandbox, host: TestHost): Promise<number> {
  const { stdout } = await box.run(["tmux", "-S", `${tmuxSocket(box, host)}`, "display-message", "-p", "#{pid}"]);
  return Number(stdout);
}

function tmuxSocket(box: Sandbox, { name }: TestHost): string | undefined {
  const folder = join(box.root, "hosts", name, "tmp");
  const { value } = new Bun.Glob("tmux-*/host").scanSync({ cwd: folder, onlyFiles: false, absolute: true }).next();
  return value;
}
