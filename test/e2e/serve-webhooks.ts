import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Repository } from "../helpers/repository.ts";
import type { Program } from "../helpers/run.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { fleetHome } from "./agents.ts";

/** Starts a server that serves nothing but webhooks. */
export async function serveWebhooks(
  box: Sandbox,
  project: Repository,
): Promise<{ readonly program: Program; readonly url: string }> {
  const program = box.start(["serve", "--port", "0", "--webhooks-only"], { cwd: project.path });
  await eventually(() => /^http:\S+\n/.test(program.stdout), { what: "the address of fleet serve" });
  return { program, url: program.stdout.trim() };
}

/** What has come of each delivery that was dealt with, in no order. */
export function outcomes(box: Sandbox): string[] {
  const folder = join(fleetHome(box), "hooks/done");
  return readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")).outcome as string);
}

/** Waits until so many deliveries have been dealt with. */
export async function untilDone(box: Sandbox, count: number): Promise<void> {
  await eventually(() => outcomes(box).length === count, {
    what: `${count} deliveries to be dealt with`,
    timeoutMs: 20_000,
  });
}
