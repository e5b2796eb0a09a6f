import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventually } from "./wait.ts";

/**
 * The engines for containers that a run of the tests has: `scripts/sandboxes` sets them up, which takes root. An ordinary run has none.
 */
export const engines = (["podman", "docker"] as const).filter((name) =>
  (process.env.FLEET_TEST_ENGINES ?? "").split(" ").includes(name),
);

/** Where programs find them. */
export const engineVariables: Readonly<Record<string, string>> = Object.fromEntries(
  ["CONTAINERS_CONF", "DOCKER_HOST"].flatMap((name) => {
    const value = process.env[name];
    return engines.length === 0 || value === undefined ? [] : [[name, value]];
  }),
);

const daemon = process.env.FLEET_TEST_DOCKERD;

/** The daemon of docker that was started for the tests, by a script with the file of its process id beside it. */
export const dockerDaemon =
  daemon === undefined
    ? undefined
    : {
        pid: () => Number(readFileSync(join(dirname(daemon), "pid"), "utf8")),
        /** Starts it anew; fulfilled when it answers. It outlives the tests. */
        async start(): Promise<void> {
          Bun.spawn([daemon], { stdio: ["ignore", "ignore", "ignore"], detached: true }).unref();
          const answers = async () =>
            (await Bun.spawn(["docker", "info"], { stdio: ["ignore", "ignore", "ignore"] }).exited) === 0;
          await eventually(answers, { what: "docker to answer", timeoutMs: 60_000 });
        },
      };
