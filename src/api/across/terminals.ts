import { FleetError } from "../../errors.ts";
import { type Fleet, statePlaces } from "../../fleet/fleet.ts";
import { openLink } from "../../hosts/link.ts";
import type { HostScreensAnswer } from "../../model/wire/host-screens.ts";
import { ownerId } from "../../state/owner.ts";
import { standaloneLines } from "../../system/tmux/styled-lines.ts";
import type { Typed } from "../../system/tmux/typing.ts";
import { hostOf } from "./hosts.ts";
import { ask, hostRows } from "./machine.ts";

/** The terminals of the agents of one other machine, over a link to it that is open until it is closed. */
export interface HostTerminals {
  /**
   * What these show now, by their ids; one without a terminal is left out. `known` has the mark of what is known of each: one that is
   * still the same comes without its screen. Throws FleetError when the host cannot be asked.
   */
  look(known: ReadonlyMap<string, string | undefined>): Promise<ReadonlyMap<string, HostScreen>>;
  /** Types into one. Throws FleetError `failed` when it is not there, or the host cannot be asked. */
  type(id: string, typed: Typed): Promise<void>;
  /** The last lines that left it at its top, oldest first. Throws as `type` does. */
  scrollback(id: string, lines: number): Promise<string[]>;
  close(): Promise<void>;
}

type Told = HostScreensAnswer["screens"][number];

/** What a terminal shows, and the mark of that; no screen when it is as its mark says. */
export interface HostScreen {
  readonly mark: string;
  readonly screen: Told["screen"];
}

/** Connects to a host for its terminals. Throws FleetError when it cannot be reached. */
export async function openTerminals(fleet: Fleet, host: string): Promise<HostTerminals> {
  const link = await openLink(hostOf(fleet, host), fleet);
  const owner = ownerId(statePlaces(fleet));
  return {
    async look(known) {
      const agents = [...known].map(([id, mark]) => ({ id, mark: mark ?? null }));
      const { screens } = await ask(fleet, link, hostRows.screens, { owner, agents }).catch(sayIfOlder(host));
      return new Map(screens.map(({ id, mark, screen }) => [id, { mark, screen: screen && harmless(screen) }]));
    },
    async type(id, { text, paste }) {
      await ask(fleet, link, hostRows.type, { owner, id, text, paste });
    },
    async scrollback(id, lines) {
      return eachAlone((await ask(fleet, link, hostRows.scrollback, { owner, id, lines })).lines);
    },
    close: link.close,
  };
}

function sayIfOlder(host: string) {
  return (error: unknown): never => {
    if (!(error instanceof FleetError) || error.code !== "unknown-operation") throw error;
    throw new FleetError("failed", `the fleet on ${host} is older than this one and shows no terminals`, {
      code: "host-version",
      hint: `to put this one there, run fleet hosts add ${host}`,
    });
  };
}

/** What another machine says goes to the terminal of a browser: as here, nothing but text and its styles. */
function harmless(screen: NonNullable<Told["screen"]>): NonNullable<Told["screen"]> {
  return { ...screen, lines: eachAlone(screen.lines) };
}

function eachAlone(lines: readonly string[]): string[] {
  return lines.flatMap((line) => standaloneLines([line]));
}
