import { acceptText, forgetAcceptance } from "../../state/trust.ts";
import type { Repository } from "../../system/git/repository.ts";
import { type Fleet, statePlaces } from "../fleet.ts";

/**
 * Lets what a repository brings hold for its agents in a mirror: exactly the text that the user has accepted on the machine that asks, none
 * when it is null. Without a word of it (`undefined`) everything stays as it was.
 */
export function takeSettings(fleet: Fleet, { root }: Repository, text: string | null | undefined): void {
  const places = statePlaces(fleet);
  if (text === null) forgetAcceptance(places, root);
  else if (text !== undefined) acceptText(places, root, text);
}
