/** A machine whose clock may be another than the one here. */
interface Clocked {
  /** By how many milliseconds it is ahead; absent for none. */
  readonly clockAhead?: number;
}

/** A moment that a machine has told by its own clock, as the clock here has it: ages are right though the two do not agree. */
export function onOurClock(machine: Clocked, moment: string): string {
  return shifted(moment, -(machine.clockAhead ?? 0));
}

/** A moment by the clock here, as a machine that is told of it has it. */
export function onTheirClock(machine: Clocked, moment: string): string {
  return shifted(moment, machine.clockAhead ?? 0);
}

function shifted(moment: string, milliseconds: number): string {
  const time = Date.parse(moment);
  if (milliseconds === 0 || Number.isNaN(time)) return moment;
  return `${new Date(time + milliseconds).toISOString().slice(0, 19)}Z`;
}
