/** How often to look, and for how long. */
interface PollOptions {
  /** Milliseconds from one look to the next. */
  readonly every: number;
  /** When to give up, by `performance.now()`; never when there is none. The last look is not before it. */
  readonly deadline?: number;
  /** Ends the pause at once: the reason of the signal is thrown. */
  readonly cancelled: AbortSignal;
}

/**
 * Looks again and again until a look finds something, which is the result; `undefined` when the time is over. Throws the reason of
 * `cancelled` when that fires between two looks, without waiting for the next.
 */
export async function poll<Found>(
  { every, deadline = Number.POSITIVE_INFINITY, cancelled }: PollOptions,
  look: () => Promise<Found | undefined> | Found | undefined,
): Promise<Found | undefined> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    const left = deadline - performance.now();
    if (left <= 0) return undefined;
    await pause(Math.min(every, Math.max(1, left)), cancelled);
  }
}

/** Waits for some milliseconds. Throws the reason of `cancelled` the moment that fires. */
export async function pause(milliseconds: number, cancelled: AbortSignal): Promise<void> {
  cancelled.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(cancelled.reason);
    };
    const timer = setTimeout(() => {
      cancelled.removeEventListener("abort", end);
      resolve();
    }, milliseconds);
    cancelled.addEventListener("abort", end, { once: true });
  });
}
