import { FleetError } from "../../errors.ts";
import { type Fleet, statePlaces } from "../../fleet/fleet.ts";
import { answerMilliseconds } from "../../hosts/connection.ts";
import type { Host } from "../../hosts/host.ts";
import type { HostLink } from "../../hosts/link.ts";
import { silent } from "../../hosts/unreachable.ts";
import { noteAnswer, noteSilence } from "../../state/silence.ts";
import type { HostState } from "../host-state.ts";
import { withLink } from "./hosts.ts";

/** What came of asking a host: nothing when it is silent. */
export interface Heard<Value> {
  readonly state: HostState;
  readonly value: Value | undefined;
}

/** Asks a host something for which nobody waits longer than 5 s: the link is closed at once then. Notes whether it has answered. */
export async function askPatiently<Value>(
  fleet: Fleet,
  host: Host,
  task: (fleet: Fleet, link: HostLink) => Promise<Value>,
): Promise<Heard<Value>> {
  const places = statePlaces(fleet);
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(silent(host, answerMilliseconds)), answerMilliseconds);
  const patient = { ...fleet, cancelled: AbortSignal.any([fleet.cancelled, giveUp.signal]) };
  try {
    const value = await withLink(patient, host, (link) => task(patient, link));
    noteAnswer(places, host.name);
    return { value, state: { host: host.name, silent: undefined } };
  } catch (error) {
    if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
    const since = noteSilence(places, host.name);
    return { value: undefined, state: { host: host.name, silent: { since, error } } };
  } finally {
    clearTimeout(timer);
  }
}
