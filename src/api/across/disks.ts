import { FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { HostLookAnswer } from "../../model/wire/host-look.ts";
import { isNearlyFull } from "../../system/disk.ts";
import type { Machine } from "./machine.ts";

/** A machine, and what it has said that it bears. */
interface Looked {
  readonly machine: Machine;
  readonly look: Pick<HostLookAnswer, "disk_bytes" | "disk_available">;
}

/**
 * Those of several machines whose disk is not nearly full; that others are left out is reported. The only one that was `asked` stays, for
 * it was chosen by name, with a warning. Throws FleetError `failed` when none of several is left.
 */
export function withRoomOnDisk<Each extends Looked>(
  fleet: Pick<Fleet, "report">,
  looked: readonly Each[],
  asked: number,
): readonly Each[] {
  const full = looked.filter(({ look }) => hasFullDisk(look));
  const lines = full.map(({ machine, look }) => `${machine.host.name}: its disk is nearly full, ${diskWords(look)}`);
  const open = looked.filter((each) => !full.includes(each));
  if (asked > 1 && open.length === 0 && full.length > 0) {
    throw new FleetError("failed", "no host has room on its disk", {
      code: "no-room",
      output: lines.join("\n"),
      hint: "make room there; to start agents on one all the same, name it alone: --host NAME",
    });
  }
  const said = asked > 1 ? "left out: " : "";
  for (const line of lines) fleet.report({ kind: "warning", text: `${said}${line}` });
  return asked > 1 ? open : looked;
}

/** Whether a machine has said that its disk is nearly full. Pure. */
export function hasFullDisk({ disk_bytes: size, disk_available: free }: Looked["look"]): boolean {
  return size !== undefined && free !== undefined && isNearlyFull({ size, free });
}

/** `1.5 of 246.1 GiB free`; of a machine that has not said it, `unknown`. Pure. */
export function diskWords({ disk_bytes: size, disk_available: free }: Looked["look"]): string {
  return size === undefined || free === undefined ? "unknown" : freeWords(free, size);
}

/** `1.5 of 246.1 GiB free` of any number of bytes. Pure. */
export function freeWords(free: number, size: number): string {
  const [shown, all] = [free, size].map((bytes) => (bytes / 2 ** 30).toFixed(1));
  return `${shown} of ${all} GiB free`;
}
