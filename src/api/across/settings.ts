import { broughtToLaunch } from "../../fleet/consent.ts";
import { type Fleet, statePlaces } from "../../fleet/fleet.ts";
import { acceptedText } from "../../state/trust.ts";

/**
 * What goes along of the settings that a repository brings, for agents that are made on another machine: exactly what the user has accepted,
 * null when there is nothing, and nothing is said of it (`undefined`) for agents that are made without.
 * @throws {ConsentRequired} when the user has yet to accept what is there
 */
export async function settingsToSend(fleet: Fleet, root: string, quick: boolean): Promise<string | null | undefined> {
  const brought = await broughtToLaunch(fleet, root, quick);
  return quick ? undefined : (brought?.file.text ?? null);
}

/** What goes along of those settings with an agent that moves: what it was made with, null for nothing. */
export function settingsOfAgents(fleet: Fleet, root: string): string | null {
  return acceptedText(statePlaces(fleet), root) ?? null;
}
