/** Runs a task when its turn comes. */
export type Limit = <Value>(task: () => Promise<Value>) => Promise<Value>;

/** A gate through which at most `count` tasks pass at a time, in the order they came. */
export function atMost(count: number): Limit {
  const queue: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running >= count) await new Promise<void>((resolve) => queue.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      const next = queue.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
