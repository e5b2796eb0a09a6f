import { FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { type Host, wayWords } from "../../hosts/host.ts";
import type { HostLink } from "../../hosts/link.ts";
import type { DoctorAnswer } from "../../model/wire/doctor.ts";
import type { HostLookAnswer } from "../../model/wire/host-look.ts";
import { diskWords, freeWords, hasFullDisk } from "./disks.ts";
import { withLink } from "./hosts.ts";

type Check = DoctorAnswer["checks"][number];

/** What a host is like, or why it cannot be told. */
export interface HostChecks {
  readonly host: string;
  /** What it is reached by: a destination of ssh, or the address of a Nomad. */
  readonly ssh: string;
  /** Null when it was not reached. */
  readonly version: string | null;
  readonly checks: readonly Check[];
  /** Null when it was not reached. */
  readonly room: HostRoom | null;
}

/** How many agents a host still bears. */
interface HostRoom {
  readonly slots: number;
  readonly running: number;
  readonly processors: number;
  readonly load: number;
  readonly memory_bytes: number;
  readonly memory_available: number;
}

/** What is on a host is asked for whatever the repository: this is the key of none. */
const noRepository = "0".repeat(24);

/** Looks at hosts, all at the same time. One that cannot be reached holds up no other: it has one check, with the reason. */
export function checkHosts(fleet: Fleet, hosts: readonly Host[]): Promise<HostChecks[]> {
  return Promise.all(hosts.map((host) => checkHost(fleet, host)));
}

async function checkHost(fleet: Fleet, host: Host): Promise<HostChecks> {
  const { name } = host;
  const { by, where } = wayWords(host);
  const began = performance.now();
  try {
    return await withLink(fleet, host, async (link) => {
      const reached = check(by, `${where}, reached in ${Math.round(performance.now() - began)} ms`);
      return { host: name, ssh: where, ...(await look(link, host, reached)) };
    });
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    const { message, hint } = error;
    const trouble: Check = { subject: by, verdict: "trouble", finding: message, remedy: hint ?? null };
    return { host: name, ssh: where, version: null, checks: [trouble], room: null };
  }
}

async function look(link: HostLink, { settings }: Host, reached: Check) {
  const [doctor, there] = (await Promise.all([
    link.call("doctor", {}),
    link.call("host_look", { key: noRepository }),
  ])) as [DoctorAnswer, HostLookAnswer];
  const { running, most, processors, load, memory_bytes, memory_available } = there;
  const allowed = settings.slots || processors;
  const slots = Math.min(allowed, most ?? allowed);
  const free = Math.max(0, slots - running);
  const memory = `memory ${freeWords(memory_available, memory_bytes)}`;
  return {
    version: link.version,
    room: { slots, running, processors, load, memory_bytes, memory_available },
    checks: [
      reached,
      check("fleet", link.version),
      ...clockCheck(link.clockAhead),
      check("room", `${free} of ${slots} slots free, ${processors} processors, load ${load.toFixed(1)}, ${memory}`),
      diskCheck(there),
      ...doctor.checks,
    ],
  };
}

/** Nothing is said of clocks that agree. */
function clockCheck(ahead: number): Check[] {
  if (ahead === 0) return [];
  const finding = `${Math.round(Math.abs(ahead) / 60_000)} min ${ahead > 0 ? "ahead of" : "behind"} the one here; ages in fleet list are by the one here`;
  return [
    {
      subject: "clock",
      verdict: "advice",
      finding,
      remedy: "to set it by the network, run timedatectl set-ntp true there",
    },
  ];
}

function check(subject: string, finding: string): Check {
  return { subject, verdict: "fine", finding, remedy: null };
}

function diskCheck(look: HostLookAnswer): Check {
  if (!hasFullDisk(look)) return check("disk", diskWords(look));
  const finding = `nearly full, ${diskWords(look)}: it gets no agents while another host has room`;
  return { subject: "disk", verdict: "trouble", finding, remedy: "make room there, such as with fleet prune --trash" };
}
