import { type Fields, fieldsOf, listOf, textOf } from "../fields.ts";
import type { TrackerAccess } from "../tracker.ts";
import { hasNext, send } from "./call.ts";

/** GitHub sends again for three days, and only when it is asked to. */
const keptMilliseconds = 3 * 24 * 3600 * 1000;
const mostPages = 10;
/** What was refused so often is not for us. */
const mostAttempts = 3;

/**
 * Asks GitHub to send again what the webhooks of a repository could not deliver: those whose address ends with this path, and of these
 * events. Returns how many there are. Throws FleetError when the token may not see the webhooks.
 */
export async function redeliverMissed(
  access: TrackerAccess,
  repository: string,
  path: string,
  events: ReadonlySet<string>,
): Promise<number> {
  const base = `/repos/${repository.split("/").map(encodeURIComponent).join("/")}/hooks`;
  const hooks = listOf((await send(access, { method: "GET", url: `${base}?per_page=100` }, "its webhooks")).json);
  const ours = hooks.filter(
    ({ active, config }) => active === true && URL.parse(textOf(fieldsOf(config).url))?.pathname === path,
  );
  let count = 0;
  for (const { id } of ours) {
    const deliveries = await deliveriesOf(access, `${base}/${textOf(id)}/deliveries`);
    for (const missed of missedAmong(deliveries, events)) {
      const url = `${base}/${textOf(id)}/deliveries/${missed}/attempts`;
      await send(access, { method: "POST", url }, "a delivery");
      count += 1;
    }
  }
  return count;
}

/** The newest first, of the time in which they can be sent again. */
async function deliveriesOf(access: TrackerAccess, url: string): Promise<Fields[]> {
  const oldest = Date.now() - keptMilliseconds;
  const found: Fields[] = [];
  let cursor = "";
  for (let page = 1; page <= mostPages; page += 1) {
    const answer = await send(access, { method: "GET", url: `${url}?per_page=100${cursor}` }, "its deliveries");
    const deliveries = listOf(answer.json);
    found.push(...deliveries.filter(({ delivered_at: at }) => Date.parse(textOf(at)) > oldest));
    const next = /[?&]cursor=([^&>]+)[^>]*>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1];
    if (next === undefined || !hasNext(answer) || found.length < page * deliveries.length) break;
    cursor = `&cursor=${next}`;
  }
  return found;
}

/** The first attempts of those that never arrived, the oldest first. */
function missedAmong(deliveries: readonly Fields[], events: ReadonlySet<string>): string[] {
  const byGuid = Map.groupBy(deliveries.toReversed(), ({ guid }) => textOf(guid));
  return [...byGuid.values()].flatMap((attempts) => {
    const [first] = attempts;
    const hasArrived = attempts.some(({ status_code: code }) => Number(code) >= 200 && Number(code) < 300);
    const isOurs = events.has(textOf(first?.event));
    return hasArrived || !isOurs || attempts.length >= mostAttempts ? [] : [textOf(first?.id)];
  });
}
