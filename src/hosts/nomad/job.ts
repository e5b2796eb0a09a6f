import { type Host, nomadJob } from "../host.ts";
import { serverScript } from "../server-script.ts";

/** The name of the one task, which is what commands are run in. */
export const taskName = "agents";

const group = "fleet";
/** Where the home is when nothing else is said: it lives as long as the allocation. */
const ownHome = `${runtime("NOMAD_TASK_DIR")}/home`;
const farewellNanoseconds = 30e9;
const mebibytes: Readonly<Record<string, number>> = { M: 1, G: 1024, T: 1024 * 1024 };

/**
 * The job that a Nomad is asked for: parametrised, so that each dispatch of it lends one machine, which is not started again by itself: its
 * agents would not be in there. What is set in `nomad` of the host are its resources, which the driver keeps it to.
 */
export function jobOf({ name, settings: { nomad = {} } }: Host): object {
  const { namespace, region, node_pool, image, cpu, cores, memory, disk, volume } = nomad;
  const home = String(nomad.home ?? ownHome);
  const run = { command: "/bin/sh", args: ["-c", `mkdir -p "$HOME" && cd "$HOME" || exit\n${scriptFor(volume)}`] };
  return {
    ID: nomadJob(name),
    Name: nomadJob(name),
    Type: "batch",
    ...set("Namespace", namespace),
    ...set("Region", region),
    ...set("NodePool", node_pool),
    Datacenters: String(nomad.datacenters ?? "*").split(/[\s,]+/),
    ParameterizedJob: { Payload: "forbidden" },
    TaskGroups: [
      {
        Name: group,
        Count: 1,
        RestartPolicy: { Attempts: 0, Mode: "fail" },
        ReschedulePolicy: { Attempts: 0, Unlimited: false },
        ...set("EphemeralDisk", disk === undefined ? undefined : { SizeMB: megabytes(disk) }),
        ...set("Volumes", volume === undefined ? undefined : { home: { Name: "home", Type: "host", Source: volume } }),
        Tasks: [
          {
            Name: taskName,
            Driver: driverOf(nomad),
            Config: image === undefined ? run : { image, ...run },
            Env: { HOME: home, AI_FLEET_TMUX_SOCKET: `fleet-nomad-${runtime("NOMAD_ALLOC_ID")}` },
            Resources: {
              ...set("CPU", cpu),
              ...set("Cores", cores),
              ...set("MemoryMB", memory === undefined ? undefined : megabytes(memory)),
            },
            ...set("VolumeMounts", volume === undefined ? undefined : [{ Volume: "home", Destination: home }]),
            KillTimeout: farewellNanoseconds,
          },
        ],
      },
    ],
  };
}

/** `16G` or `512M` in MiB; a number is some already. */
export function megabytes(amount: string | number): number {
  const [, count = "", unit = "M"] = /^(\d+)([MGT]?)B?$/i.exec(String(amount)) ?? [];
  return Number(count) * (mebibytes[unit.toUpperCase()] ?? 1);
}

/** Where the home goes with the allocation, nothing ends it but who asked for it: agents that have stopped have their files there. */
function scriptFor(volume: unknown): string {
  return serverScript({ name: "$AI_FLEET_TMUX_SOCKET", endsUnused: volume !== undefined });
}

function driverOf({ driver, image }: Readonly<Record<string, string | number>>): string {
  return String(driver ?? (image === undefined ? "exec" : "docker"));
}

/** What Nomad puts its own value in the place of, where the task runs. */
function runtime(variable: string): string {
  return `\${${variable}}`;
}

function set(name: string, value: unknown): object {
  return value === undefined ? {} : { [name]: value };
}
