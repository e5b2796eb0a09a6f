import { FleetError } from "../errors.ts";
import type { Environment } from "../system/environment.ts";
import { type Finished, findProgram, run } from "../system/exec.ts";
import { labels } from "./container.ts";
import type { ContainerEngine, OwnContainer } from "./sandbox.ts";

/** An engine that hangs must not keep a fleet from its end. */
const longestMilliseconds = 60_000;

/**
 * An engine by its client. `removing` are the options of `rm` with which it waits for nothing and minds nothing that is gone. Throws
 * FleetError `failed` for an engine that is installed and does not answer: what it has is not known to be gone.
 */
export function engineOf(name: string, removing: readonly string[]): ContainerEngine {
  const ask = async (environment: Environment, ...words: readonly string[]): Promise<Finished | undefined> => {
    const program = findProgram(name, environment);
    if (program === undefined) return undefined;
    return run([program, ...words], { environment, timeoutMilliseconds: longestMilliseconds });
  };
  const told = (finished: Finished): string => {
    if (finished.exitCode === 0) return finished.stdout;
    throw new FleetError("failed", `${name} did not say which containers it has`, {
      output: finished.stderr,
      hint: `to see whether it runs, run ${name} info`,
    });
  };
  /** Why one stays; `undefined` when none does. */
  const tryRemove = async (ids: readonly string[], environment: Environment): Promise<string | undefined> => {
    const removed = await ask(environment, "rm", "--force", "--volumes", ...removing, ...ids);
    if (removed === undefined || removed.exitCode === 0) return undefined;
    const words = removed.stderr.split("\n").filter((line) => line !== "" && !/no such container/i.test(line));
    return words.length === 0 ? undefined : words.join("\n");
  };
  return {
    async list(owner, environment): Promise<OwnContainer[]> {
      const filter = ["--filter", `label=${labels.owner}=${owner}`];
      const found = await ask(environment, "ps", "--all", "--quiet", "--no-trunc", ...filter);
      const ids = found === undefined ? [] : told(found).split("\n").filter(Boolean);
      if (ids.length === 0) return [];
      const format = `{{.Id}} {{index .Config.Labels "${labels.agent}"}}`;
      const inspected = await ask(environment, "inspect", "--type", "container", "--format", format, ...ids);
      const lines = (inspected?.stdout ?? "").split("\n").filter(Boolean);
      return lines.map((line) => ({ id: line.split(" ")[0] ?? "", agent: line.split(" ")[1] ?? "" }));
    },

    async remove(ids, environment): Promise<void> {
      if (ids.length === 0) return;
      // Podman learns from a first try that what ran in a container has ended, where its watchman has, too.
      const words = (await tryRemove(ids, environment)) && (await tryRemove(ids, environment));
      if (words === undefined) return;
      throw new FleetError("failed", `${name} could not remove a container`, { output: words });
    },
  };
}
