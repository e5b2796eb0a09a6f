import type { Fleet } from "../../fleet/fleet.ts";
import type { Host } from "../../hosts/host.ts";
import { type HostLink, openLink } from "../../hosts/link.ts";

/** A link for one task, which gives it back when it is done. */
export interface Borrowed {
  readonly link: HostLink;
  readonly giveBack: () => Promise<void>;
}

/** The links of commands that share them, by what stops the command: a task that is given up earlier has a link of its own. */
const sharing = new WeakMap<AbortSignal, Map<string, Promise<HostLink>>>();

/** Does something whose tasks, one after another or at the same time, go over one link to each host. These are closed at its end. */
export async function withSharedLinks<Value>(
  { cancelled }: Pick<Fleet, "cancelled">,
  body: () => Promise<Value>,
): Promise<Value> {
  if (sharing.has(cancelled)) return body();
  const links = new Map<string, Promise<HostLink>>();
  sharing.set(cancelled, links);
  try {
    return await body();
  } finally {
    sharing.delete(cancelled);
    await Promise.all([...links.values()].map(closeIfOpened));
  }
}

/** A link to a host: the one that is shared, as long as it is open, else a new one. Throws what `openLink` throws. */
export async function borrowLink(fleet: Fleet, host: Host): Promise<Borrowed> {
  const links = sharing.get(fleet.cancelled);
  if (links === undefined) {
    const link = await openLink(host, fleet);
    return { link, giveBack: link.close };
  }
  const giveBack = async () => undefined;
  const known = links.get(host.name);
  const link = await known?.catch(() => undefined);
  if (link?.isOpen() === true) return { link, giveBack };
  // Whoever else has found it closed may have opened another one meanwhile.
  const current = links.get(host.name);
  const opening = current === undefined || current === known ? openLink(host, fleet) : current;
  links.set(host.name, opening);
  return { link: await opening, giveBack };
}

/** Why one could not be opened was told to the task that wanted it. */
async function closeIfOpened(opening: Promise<HostLink>): Promise<void> {
  const link = await opening.catch(() => undefined);
  await link?.close();
}
