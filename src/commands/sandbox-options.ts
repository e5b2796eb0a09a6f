import { FleetError } from "../errors.ts";
import type { SandboxWish } from "../fleet/choose/sandbox.ts";
import { cores, memoryBytes, networkAccesses, sandboxKinds } from "../model/sandbox.ts";

interface SandboxArguments {
  readonly sandbox?: string | undefined;
  readonly network?: string | undefined;
  readonly memory?: string | undefined;
  readonly cpus?: string | undefined;
  readonly pids?: string | undefined;
}

/** What the options of a launch say of sandbox and caps. Throws FleetError `usage` for what is no amount. */
export function sandboxOptions({ sandbox, network, memory, cpus, pids }: SandboxArguments): SandboxWish {
  return {
    kind: choice("--sandbox", sandbox, sandboxKinds),
    network: choice("--network", network, networkAccesses),
    memory_limit: amount("--memory", memory, (text) => memoryBytes(text) !== undefined, "512M"),
    cpu_limit: amount("--cpus", cpus, (text) => cores(text) !== undefined, "1.5"),
    pids_limit: pids === undefined ? undefined : Number(amount("--pids", pids, isCount, "500")),
  };
}

function choice<const Word extends string>(
  option: string,
  text: string | undefined,
  words: readonly Word[],
): Word | undefined {
  const word = words.find((each) => each === text);
  if (text === undefined || word !== undefined) return word;
  throw new FleetError("usage", `${option} does not take ${JSON.stringify(text)}`, {
    hint: `it takes ${words.join(", ")}`,
  });
}

function isCount(text: string): boolean {
  return /^[1-9]\d{0,6}$/.test(text);
}

function amount(
  option: string,
  text: string | undefined,
  fits: (text: string) => boolean,
  example: string,
): string | undefined {
  if (text === undefined || fits(text)) return text;
  throw new FleetError("usage", `${option} does not take ${JSON.stringify(text)}`, {
    hint: `an example: ${option} ${example}`,
  });
}
